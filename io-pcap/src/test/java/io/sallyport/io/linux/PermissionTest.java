package io.sallyport.io.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.packet.PacketBackend;
import io.sallyport.packet.PacketBackend.Settings;
import io.sallyport.packet.PortException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a user without privileges is told. */
@Tag("root")
class PermissionTest {

    /** Opens l0 and w0 with the backend that the argument names and prints how that went. */
    public static final class Opener {

        private Opener() {
        }

        /** See the class. */
        public static void main(final String[] arguments) {
            final PacketBackend backend = ServiceLoader.load(PacketBackend.class).stream().map(ServiceLoader.Provider::get)
                .filter(candidate -> candidate.name().equals(arguments[0])).findFirst().orElseThrow();
            final Optional<String> reason = backend.unavailable();
            System.out.println(reason.orElse("available"));
            if (reason.isPresent()) {
                return;
            }
            try {
                backend.open(new Settings("l0", true, true), new Settings("w0", true, true)).close();
                System.out.println("opened");
            } catch (final PortException e) {
                System.out.println(e.getMessage());
            }
        }
    }

    private static String open(final String backend, final List<String> wrapper) throws Exception {
        final Process process = TestNetwork.java(TestNetwork.G, wrapper, Opener.class, backend);
        final String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals("", new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8), "on standard error");
        assertEquals(0, process.waitFor());
        return output;
    }

    @Test
    void needs_capabilities_and_says_so() throws Exception {
        try (TestNetwork network = TestNetwork.create()) {
            network.up();
            final List<String> without = List.of("setpriv", "--bounding-set=-net_raw,-net_admin");
            final String advice = ": run as root, or with the capabilities CAP_NET_RAW and CAP_NET_ADMIN\n";
            assertEquals("available\nno permission to capture on l0" + advice, open("packet", without));
            assertEquals("available\nno permission to capture on l0" + advice, open("pcap", without));
            final String xdpAdvice = "no permission: run as root, or with the capabilities CAP_NET_RAW, CAP_NET_ADMIN and CAP_BPF\n";
            assertEquals(xdpAdvice, open("xdp", without));
            assertEquals(xdpAdvice, open("xdp", List.of("setpriv", "--bounding-set=-bpf,-net_admin,-sys_admin")));
            assertEquals("available\nopened\n", open("packet", List.of()));
            assertEquals("available\nopened\n", open("xdp", List.of()));
            assertEquals("available\nopened\n", open("pcap", List.of()));
            assertEquals("", TestNetwork.in(TestNetwork.G, () -> TestNetwork.run("nft", "list", "tables")), "isolation left behind");
        }
    }

    @Test
    void a_low_limit_of_locked_memory_is_named_with_what_is_needed() throws Exception {
        try (TestNetwork network = TestNetwork.create()) {
            network.up();
            final String output = open("xdp", List.of("setpriv", "--bounding-set=-ipc_lock", "--inh-caps=-ipc_lock",
                "bash", "-c", "ulimit -l 1024 && exec \"$@\"", "-"));
            assertTrue(output.matches("available\nbackend xdp locks [0-9]+ KiB of memory, which the limit does not allow:"
                + " raise it \\(ulimit -l, LimitMEMLOCK=\\) or add the capability CAP_IPC_LOCK\n"), output);
            assertEquals("", TestNetwork.in(TestNetwork.G, () -> TestNetwork.run("nft", "list", "tables")), "isolation left behind");
            assertFalse(TestNetwork.run("ip", "-n", TestNetwork.G, "link").contains("xdp"), "program left behind");
        }
    }

    @Test
    void a_missing_program_or_library_is_named() throws Exception {
        try (TestNetwork network = TestNetwork.create()) {
            network.up();
            final List<String> noNft = List.of("unshare", "--mount", "bash", "-c",
                "for nft in /usr/sbin/nft /sbin/nft /usr/bin/nft; do test -e $nft && mount --bind /dev/null $nft; done; exec \"$@\"", "-");
            assertEquals("available\nisolating the interfaces from the kernel's stack needs the program nft (Debian package nftables);"
                + " install it or set io.isolate to false\n", open("packet", noNft));
            final List<String> noLibpcap = List.of("env", "JDK_JAVA_OPTIONS=-Dorg.pcap4j.core.pcapLibName=missing");
            final Process process = TestNetwork.java(TestNetwork.G, noLibpcap, Opener.class, "pcap");
            final String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals("libpcap cannot be loaded (Debian package libpcap0.8)\n", output);
            assertEquals(0, process.waitFor());
        }
    }
}
