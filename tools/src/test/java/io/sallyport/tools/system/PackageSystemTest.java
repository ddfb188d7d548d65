package io.sallyport.tools.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.tools.demo.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What dpkg does with the package on a small Debian, which has what it depends on and no Java; systemd is there and does not run. */
@Tag("dist")
class PackageSystemTest {

    private static final String EXAMPLE = "/etc/sallyport/edge.yaml";
    private static final String OPERATORS_OWN = "/etc/sallyport/other.yaml";
    private static final String EDITED = "# edited\n";

    @TempDir
    private Path directory;

    private DebianRoot debian;

    @BeforeEach
    void install() throws IOException {
        debian = DebianRoot.unpack(directory);
        dpkg("--install " + DebianRoot.PACKAGE);
    }

    @Test
    void it_brings_all_that_it_needs() {
        assertEquals("install ok installed", output("dpkg-query --show --showformat '${Status}' sallyport"));
        assertEquals("", output("dpkg --audit; dpkg --verify sallyport"));
        assertTrue(output("dpkg-query --show --showformat '${Conffiles}' sallyport").startsWith(EXAMPLE + " "));
        for (final String file : new String[] {"/usr/bin/sallyport", "/lib/systemd/system/sallyport@.service",
            "/usr/share/man/man8/sallyport.8.gz", "/usr/share/doc/sallyport/operating.md", EXAMPLE}) {
            assertEquals("644 root", output("stat -L -c '%a %U' " + file).replace("755", "644"), file);
        }
        final String[] user = output("getent passwd sallyport").split(":");
        assertTrue(Integer.parseInt(user[2]) < 1000, "a system user");
        assertEquals("/usr/sbin/nologin", user[6]);
        assertEquals("sallyport", output("id --group --name sallyport"));
    }

    @Test
    void it_runs_without_a_java() {
        assertEquals("", output("command -v java; ls /usr/lib/jvm 2> /dev/null; true"));
        final Command.Result version = debian.run("sallyport version");
        assertEquals(0, version.exitCode(), version::toString);
        assertTrue(version.out().lines().anyMatch(line -> line.matches("backend +packet +usable")), version::toString);
        assertEquals("", version.err());
        assertTrue(output("sallyport check --config " + EXAMPLE).startsWith("name: edge\n"));
    }

    @Test
    void what_the_operator_wrote_outlives_upgrade_and_removal() throws IOException {
        Files.writeString(debian.resolve(EXAMPLE), EDITED, StandardOpenOption.APPEND);
        Files.writeString(debian.resolve(OPERATORS_OWN), EDITED);
        dpkg("--install " + DebianRoot.PACKAGE);
        assertOperatorsFilesAreThere();
        dpkg("--remove sallyport");
        assertOperatorsFilesAreThere();
        assertEquals("", output("command -v sallyport; ls -d /usr/lib/sallyport 2> /dev/null; true"));
        dpkg("--install " + DebianRoot.PACKAGE);
        assertOperatorsFilesAreThere();
        dpkg("--purge sallyport");
        assertFalse(Files.exists(debian.resolve(EXAMPLE)));
        assertTrue(Files.exists(debian.resolve(OPERATORS_OWN)), "the package did not bring it");
    }

    @Test
    void a_purge_leaves_nothing_but_the_user() {
        debian.run("systemctl enable sallyport@edge").orThrow();
        debian.run("mkdir -p /var/lib/sallyport /var/log/sallyport && touch /var/log/sallyport/events.jsonl").orThrow();
        dpkg("--purge sallyport");
        assertEquals(DebianRoot.PACKAGE, output("find / -xdev -name '*sallyport*'"));
        assertFalse(output("dpkg-query --list").contains("sallyport"));
    }

    private void assertOperatorsFilesAreThere() throws IOException {
        assertTrue(Files.readString(debian.resolve(EXAMPLE)).endsWith(EDITED));
        assertEquals(EDITED, Files.readString(debian.resolve(OPERATORS_OWN)));
    }

    /** Runs dpkg, which may ask nothing and must succeed. */
    private void dpkg(final String arguments) {
        debian.run("dpkg " + arguments).orThrow();
    }

    private String output(final String command) {
        return debian.run(command).orThrow().out().strip();
    }
}
