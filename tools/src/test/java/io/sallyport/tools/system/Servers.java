package io.sallyport.tools.system;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.tools.demo.BackgroundProcess;
import io.sallyport.tools.demo.Command;
import io.sallyport.tools.demo.Namespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Servers that other people wrote, on hosts of a test's network, with files of their own. */
final class Servers implements AutoCloseable {

    /** A name with an address. */
    static final String SMALL_NAME = "small.test";
    /** The address of {@link #SMALL_NAME}. */
    static final String SMALL_ADDRESS = "192.0.2.1";
    /** A name with a TXT answer of more than 2,600 bytes. */
    static final String BIG_NAME = "big.test";
    /** How many strings that answer has. */
    static final int BIG_COUNT = 12;

    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final Path directory;
    private final List<BackgroundProcess> processes = new ArrayList<>();

    private Servers(final Path directory) {
        this.directory = directory;
    }

    static Servers create() {
        try {
            final Path directory = Files.createTempDirectory(Path.of("/dev/shm"), "sallyport-servers-");
            // servers that give up root look up their files under this
            Command.run(LIMIT, "chmod", "755", directory.toString()).orThrow();
            return new Servers(directory);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where files for them, and for their clients, can lie. */
    Path directory() {
        return directory;
    }

    /** dnsmasq on port 53. */
    void startDns(final Namespace host) {
        final List<String> words = new ArrayList<>(List.of("dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv",
            "--no-hosts", "--pid-file=", "--user=root", "--log-facility=-", "--edns-packet-max=4096",
            "--host-record=" + SMALL_NAME + "," + SMALL_ADDRESS));
        IntStream.range(0, BIG_COUNT).mapToObj(i -> "--txt-record=" + BIG_NAME + "," + i + "x".repeat(200)).forEach(words::add);
        start(host, List.of(53), words);
    }

    /** vsftpd on port 21, for anyone; what is sent to it goes to {@code incoming}. Returns its directory. */
    Path startFtp(final Namespace host) throws IOException {
        final Path root = Files.createDirectory(directory.resolve("ftp"));
        final Path incoming = Files.createDirectory(root.resolve("incoming"));
        Command.run(LIMIT, "chown", "daemon", incoming.toString()).orThrow();
        final Path configuration = Files.writeString(directory.resolve("vsftpd.conf"), """
            listen=YES
            background=NO
            anonymous_enable=YES
            no_anon_password=YES
            anon_root=%s
            ftp_username=daemon
            write_enable=YES
            anon_upload_enable=YES
            secure_chroot_dir=%s
            seccomp_sandbox=NO
            isolate_network=NO
            """.formatted(root, Files.createDirectory(directory.resolve("empty"))));
        start(host, List.of(21), List.of("vsftpd", configuration.toString()));
        return root;
    }

    /**
     * dropbear, an SSH server, on port 22: root may enter with the key of {@link #ssh}. Root's home is a directory of its own; that it lies
     * over the real one only the server sees, in the mount namespace that {@code ip netns exec} makes. Returns that directory.
     */
    Path startSsh(final Namespace host) throws IOException {
        final Path key = directory.resolve("key");
        if (!Files.exists(key)) {
            Command.run(LIMIT, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key.toString()).orThrow();
        }
        final Path home = Files.createDirectory(directory.resolve("home-" + host.name()));
        Command.run(LIMIT, "chmod", "700", home.toString()).orThrow();
        Command.run(LIMIT, "install", "-D", "-m", "600", key + ".pub", home.resolve(".ssh/authorized_keys").toString()).orThrow();
        Command.run(LIMIT, "dropbearkey", "-t", "ed25519", "-f", home.resolve("hostkey").toString()).orThrow();
        start(host, List.of(22), List.of("sh", "-c",
            "mount --bind \"$0\" ~root && exec dropbear -F -E -s -p 22 -P \"$0/pid\" -r \"$0/hostkey\"", home.toString()));
        return home;
    }

    /** coturn, a STUN server with two addresses and two ports, as RFC 5780 wants it. */
    void startStun(final Namespace host, final String address, final String otherAddress) {
        start(host, List.of(3_478, 3_479), List.of("turnserver", "-n", "--stun-only", "--no-cli", "--no-tls", "--no-dtls",
            "-L", address, "-L", otherAddress, "-p", "3478", "--alt-listening-port", "3479",
            "--log-file", "stdout", "--pidfile", directory.resolve("turn.pid").toString(),
            "--userdb", directory.resolve("turn.db").toString()));
    }

    /** Starts any server, and returns once it listens on those ports. */
    void start(final Namespace host, final List<Integer> ports, final List<String> words) {
        final BackgroundProcess process = host.start(words);
        processes.add(process);
        final long deadlineNs = System.nanoTime() + LIMIT.toNanos();
        boolean isListening = false;
        while (!isListening && process.isAlive() && System.nanoTime() < deadlineNs) {
            // ss(8) does not show UDP-Lite
            final String sockets = host.run("cat", "/proc/net/tcp", "/proc/net/udp", "/proc/net/udplite").out();
            isListening = ports.stream().allMatch(port -> sockets.contains(":%04X 00000000:0000 ".formatted(port)));
        }
        assertTrue(isListening && process.isAlive(), () -> words.getFirst() + " does not listen: " + process.out() + process.err());
    }

    /** The words that run ssh, scp or sftp with a key that {@link #startSsh} lets in, and no files of this machine. */
    List<String> ssh(final String program, final String... more) {
        final List<String> words = new ArrayList<>(List.of(program, "-F", "none", "-i", directory.resolve("key").toString()));
        for (final String option : List.of("UserKnownHostsFile=/dev/null", "GlobalKnownHostsFile=/dev/null", "StrictHostKeyChecking=no",
                "BatchMode=yes", "IdentitiesOnly=yes", "LogLevel=ERROR", "ConnectTimeout=3")) {
            words.addAll(List.of("-o", option));
        }
        words.addAll(List.of(more));
        return words;
    }

    @Override
    public void close() {
        processes.reversed().forEach(BackgroundProcess::close);
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted((a, b) -> b.compareTo(a)).forEach(file -> file.toFile().delete());
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
