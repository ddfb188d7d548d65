package io.sallyport.tools.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sallyport.tools.demo.Command;
import io.sallyport.tools.demo.Network;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * What {@code tools/bin/package} made, unpacked as on another machine: no Java on the path, nothing in the environment. Not part of the
 * other system tests, because making it takes a while.
 */
@Tag("dist")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class InstalledProgramSystemTest {

    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final List<Path> PROGRAMS = List.of(Path.of("/usr/bin"), Path.of("/usr/sbin"));
    private static final int ROUNDS = 5;
    private static final Path TARGET = Program.ROOT.resolve("tools/target");
    /** What systemd calls OK; the rest is what a gateway is there for: raw sockets, and compiling at run time. */
    private static final double MOST_EXPOSURE = 3.0;

    private Path directory;
    private Path installed;
    private Path path;
    private Path packageFile;

    @BeforeAll
    void unpack(@TempDir final Path temporary) throws IOException {
        directory = temporary;
        packageFile = only("sallyport_*.deb");
        installed = directory.resolve("root");
        Command.run(LIMIT, "dpkg-deb", "-x", packageFile.toString(), installed.toString()).orThrow();
        path = Files.createDirectory(directory.resolve("path"));
        for (final Path programs : PROGRAMS) {
            try (DirectoryStream<Path> all = Files.newDirectoryStream(programs,
                    program -> !program.getFileName().toString().startsWith("java"))) {
                for (final Path program : all) {
                    if (!Files.exists(path.resolve(program.getFileName()), LinkOption.NOFOLLOW_LINKS)) {
                        Files.createSymbolicLink(path.resolve(program.getFileName()), program);
                    }
                }
            }
        }
    }

    @Test
    void it_runs_without_a_java() {
        final Command.Result version = run("version");
        assertEquals(0, version.exitCode(), version::toString);
        assertTrue(version.out().lines().anyMatch(line -> line.matches("backend +packet +usable")), version::toString);
        assertEquals("", version.err());
        final Command.Result noJava = Command.run(LIMIT, "env", "-i", "PATH=" + path, "sh", "-c", "command -v java");
        assertEquals(127, noJava.exitCode(), noJava::toString);
    }

    @Test
    void the_archive_holds_the_same_program() throws IOException {
        Command.run(LIMIT, "tar", "-xzf", only("sallyport-*.tar.gz").toString(), "-C", directory.toString()).orThrow();
        try (Stream<Path> launchers = Files.find(directory, 3,
                (file, attributes) -> file.endsWith("bin/sallyport") && !file.startsWith(installed))) {
            final String launcher = launchers.findFirst().orElseThrow().toString();
            assertEquals(run("version").out(), Command.run(LIMIT, "env", "-i", "PATH=" + path, launcher, "version").out());
        }
    }

    @Test
    void the_cache_of_loaded_classes_fits_where_it_was_unpacked() {
        final List<String> words = new ArrayList<>(List.of("env", "-i", "PATH=" + path, "JDK_JAVA_OPTIONS=-XX:AOTMode=on"));
        words.addAll(List.of(installed.resolve("usr/bin/sallyport").toString(), "version"));
        final Command.Result version = Command.run(LIMIT, words);
        assertEquals(0, version.exitCode(), version::toString);
    }

    @Test
    void the_example_is_a_configuration() {
        final Command.Result check = run("check", "--config", installed.resolve("etc/sallyport/edge.yaml").toString());
        assertEquals(0, check.exitCode(), check::toString);
        assertTrue(check.out().startsWith("name: edge\n"), check::toString);
    }

    @Test
    void it_forwards_and_goes_on_after_a_kill() {
        assumeTrue(Program.isRoot(), "needs root: it makes network namespaces");
        try (Network network = Network.create("sp-dist")) {
            network.startFarEnd(Program.CLASS_PATH);
            try (GatewayUnderTest gateway = GatewayUnderTest.start(network, new Variant("packet", "pipeline"))) {
                gateway.process().kill();
                gateway.restart(words());
                new Traffic(network).download(5, 16 << 20);
                gateway.assertEveryPacketAccountedFor();
                for (int round = 0; round < ROUNDS; round++) {
                    try (Pings pings = Pings.start(network.inside(), Network.FAR_HOST)) {
                        pings.awaitMore(LIMIT);
                        gateway.process().kill();
                        gateway.restart(words());
                        pings.awaitMore(LIMIT);
                        System.out.println("kill -9 and start: " + pings.stop() + " ms without forwarding; " + gateway.readyLine());
                    }
                }
                assertEquals(0, gateway.process().stop(), gateway.process()::err);
            }
            assertEquals("", network.gateway().run("nft", "list", "ruleset").out());
        }
    }

    @Test
    void it_shows_itself() {
        assumeTrue(Program.isRoot(), "needs root: it makes network namespaces");
        final Command.Result demo = run("demo");
        assertEquals(0, demo.exitCode(), demo::toString);
        assertTrue(demo.out().contains("All went as it must"), demo::toString);
    }

    @Test
    void the_package_is_as_packages_are() {
        final String info = Command.run(LIMIT, "dpkg-deb", "--info", packageFile.toString()).orThrow().out();
        for (final String field : List.of("Package: sallyport", "Depends: libc6", "nftables", "Installed-Size: ", "Section: net",
                "postinst", "prerm", "postrm", "conffiles", "md5sums")) {
            assertTrue(info.contains(field), () -> field + " is missing: " + info);
        }
        final String contents = Command.run(LIMIT, "dpkg-deb", "--contents", packageFile.toString()).orThrow().out();
        for (final String file : List.of("./usr/bin/sallyport -> ../lib/sallyport/bin/sallyport", "./etc/sallyport/edge.yaml",
                "./usr/lib/systemd/system/sallyport@.service", "./usr/share/man/man8/sallyport.8.gz", "./usr/share/doc/sallyport/copyright",
                "./usr/lib/sallyport/app/sallyport.aot")) {
            assertTrue(contents.contains(file + "\n"), () -> file + " is missing");
        }
        contents.lines().forEach(line -> assertTrue(line.contains(" root/root ") && !line.matches("[-d]....(w|...w).*"), line));
        final Path scripts = directory.resolve("control");
        Command.run(LIMIT, "dpkg-deb", "--control", packageFile.toString(), scripts.toString()).orThrow();
        for (final String script : List.of("postinst", "prerm", "postrm")) {
            Command.run(LIMIT, "sh", "-n", scripts.resolve(script).toString()).orThrow();
        }
        Command.run(LIMIT, "sh", "-c", "cd " + installed + " && md5sum --quiet -c " + scripts.resolve("md5sums")).orThrow();
    }

    @Test
    void the_manual_page_is_one() {
        final Path page = installed.resolve("usr/share/man/man8/sallyport.8.gz");
        final Command.Result man = Command.run(LIMIT, "man", "--warnings", "-P", "cat", "-l", page.toString());
        assertEquals("", man.err());
        assertTrue(man.orThrow().out().contains("sallyport - "), man::toString);
    }

    @Test
    void the_service_is_hardened() {
        final Path unit = installed.resolve("usr/lib/systemd/system/sallyport@.service");
        assumeTrue(Command.run(LIMIT, "sh", "-c", "command -v systemd-analyze").exitCode() == 0, "needs systemd-analyze");
        final Command.Result verified = Command.run(LIMIT, "systemd-analyze", "verify", "--root=" + installed,
            "/usr/lib/systemd/system/sallyport@.service");
        assertFalse(verified.err().contains("sallyport@.service:"), verified::toString);
        final Command.Result security = Command.run(LIMIT, "systemd-analyze", "security", "--no-pager", "--offline=true", unit.toString());
        final String overall = security.out().lines().filter(line -> line.contains("Overall exposure level")).findFirst().orElseThrow();
        System.out.println(overall);
        assertTrue(Double.parseDouble(overall.replaceAll(".*: ([0-9.]+) .*", "$1")) <= MOST_EXPOSURE, security::toString);
    }

    private Command.Result run(final String... arguments) {
        final List<String> words = new ArrayList<>(words());
        words.addAll(List.of(arguments));
        return Command.run(LIMIT, words);
    }

    private List<String> words() {
        return List.of("env", "-i", "PATH=" + path, installed.resolve("usr/bin/sallyport").toString());
    }

    private static Path only(final String pattern) throws IOException {
        try (DirectoryStream<Path> found = Files.newDirectoryStream(TARGET, pattern)) {
            return found.iterator().next();
        }
    }
}
