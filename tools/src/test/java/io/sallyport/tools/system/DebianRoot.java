package io.sallyport.tools.system;

import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sallyport.tools.demo.BackgroundProcess;
import io.sallyport.tools.demo.Command;
import io.sallyport.tools.demo.CommandException;
import io.sallyport.tools.demo.Namespace;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The files of a small Debian of this machine's release, without Java, into which the package can be installed; and the package in it, as
 * {@link #PACKAGE}. What is run in it runs as on a machine of its own ({@code tools/src/test/bin/machine}).
 *
 * @param path its root directory
 */
record DebianRoot(Path path) {

    /** Where the package lies, seen from within. */
    static final String PACKAGE = "/root/sallyport.deb";

    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final Duration DOWNLOAD_LIMIT = Duration.ofMinutes(10);
    private static final Path SCRIPTS = Program.ROOT.resolve("tools/src/test/bin");
    private static final Path TARGET = Program.ROOT.resolve("tools/target");
    /** Made once, since that takes a minute or two, and kept until the build is cleaned. */
    private static final Path ARCHIVE = TARGET.resolve("debian-root.tar");

    /** Unpacks one below a directory, or has the test skipped where there cannot be one. */
    static DebianRoot unpack(final Path directory) throws IOException {
        assumeTrue(Program.isRoot(), "needs root: it makes a Debian system to install the package in");
        if (!Files.exists(ARCHIVE)) {
            assumeTrue(Command.run(LIMIT, "sh", "-c", "command -v debootstrap").exitCode() == 0, "needs debootstrap");
            final Command.Result made = Command.run(DOWNLOAD_LIMIT, SCRIPTS.resolve("debian-root").toString(), ARCHIVE.toString());
            if (made.exitCode() != 0) {
                System.err.println(made);
                abort("debootstrap cannot make a Debian system here; has it a network?");
            }
        }
        final Path root = Files.createDirectory(directory.resolve("debian"));
        Command.run(LIMIT, "tar", "-C", root.toString(), "--numeric-owner", "-xpf", ARCHIVE.toString()).orThrow();
        Files.copy(packageFile(), root.resolve(PACKAGE.substring(1)));
        return new DebianRoot(root);
    }

    /** The package that {@code tools/bin/package} made. */
    static Path packageFile() throws IOException {
        try (DirectoryStream<Path> found = Files.newDirectoryStream(TARGET, "sallyport_*.deb")) {
            return found.iterator().next();
        }
    }

    /** Runs a shell's command in it, with no network and no systemd. */
    Command.Result run(final String command) {
        final List<String> words = new ArrayList<>(List.of("unshare", "--net"));
        words.addAll(machine("sh", "-c", command));
        return Command.run(LIMIT, words);
    }

    /** A path in it, seen from outside. */
    Path resolve(final String pathWithin) {
        return path.resolve(pathWithin.substring(1));
    }

    /** Starts it, with systemd as its first process and the interfaces of a namespace. */
    Booted boot(final Namespace network) {
        final BackgroundProcess process = network.start(machine("/sbin/init", "--log-target=null"));
        try {
            final String pid = process.awaitLine("machine ", LIMIT).substring("machine ".length());
            final Booted booted = new Booted(process, pid);
            booted.awaitStarted();
            return booted;
        } catch (final CommandException | AssertionError failure) {
            process.close();
            throw failure;
        }
    }

    private List<String> machine(final String... words) {
        final List<String> all = new ArrayList<>(List.of(SCRIPTS.resolve("machine").toString(), path.toString()));
        all.addAll(List.of(words));
        return all;
    }

    /**
     * A machine that runs.
     *
     * @param process what ends it
     * @param pid     of its first process, seen from outside
     */
    record Booted(BackgroundProcess process, String pid) implements AutoCloseable {

        /** Runs a shell's command on it. */
        Command.Result run(final String command) {
            return Command.run(LIMIT, "nsenter", "--target", pid, "--mount", "--pid", "--ipc", "--uts", "--cgroup", "--net",
                "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "DEBIAN_FRONTEND=noninteractive", "sh", "-c", command);
        }

        /** A property of a unit. */
        String property(final String unit, final String name) {
            return run("systemctl show --property " + name + " --value " + unit).orThrow().out().strip();
        }

        private void awaitStarted() {
            final long deadlineNs = System.nanoTime() + LIMIT.toNanos();
            String state = "";
            while (!state.matches("running|degraded")) {
                if (System.nanoTime() - deadlineNs > 0) {
                    throw new CommandException("systemd does not start: " + state + "\n" + process.out() + process.err());
                }
                // fails while there is nobody to ask, and with a state other than running
                state = run("systemctl is-system-running --wait").out().strip();
            }
        }

        @Override
        public void close() {
            process.close();
        }
    }
}
