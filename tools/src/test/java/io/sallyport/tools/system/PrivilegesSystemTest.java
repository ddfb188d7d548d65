package io.sallyport.tools.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.tools.demo.BackgroundProcess;
import io.sallyport.tools.demo.Command;
import io.sallyport.tools.demo.Network;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What the gateway may do beyond other programs: little to start with, nothing once it forwards. */
@Privileged
@ParameterizedClass(name = "{0}")
@MethodSource("io.sallyport.tools.system.Variant#allWithXdpInline")
class PrivilegesSystemTest {

    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final String GIVEN_UP = "all capabilities are given up";
    private static final Set<String> NOTHING = Set.of(
        "CapInh 0000000000000000", "CapPrm 0000000000000000", "CapEff 0000000000000000", "CapAmb 0000000000000000", "NoNewPrivs 1");
    /** As in the service's unit. */
    private static final String ENOUGH = "-all,+net_raw,+net_admin,+bpf,+sys_nice";

    /** The field of /proc/PID/stat with the nice value, counted from the state, which follows the name (proc(5): the 19th and the 3rd). */
    private static final int NICE_FIELD = 19 - 3;
    /** As the compilers' threads have it in this program (tools/bin/common.bash): behind those that forward, or like them. */
    private static final Set<Integer> USUAL = Set.of(0, 5);
    private static final Set<Integer> LAST = Set.of(19);

    @TempDir
    private Path directory;
    @Parameter
    private Variant variant;

    private Network network;

    @BeforeEach
    void start() {
        network = Network.create("sp-caps");
        network.startFarEnd(Program.CLASS_PATH);
    }

    @AfterEach
    void stop() {
        network.close();
    }

    @Test
    void no_thread_has_a_capability_once_it_forwards_and_all_goes_on_to_its_end() throws IOException {
        try (GatewayUnderTest gateway = GatewayUnderTest.start(network, variant)) {
            assertSecondCompilerGivesWayForAMoment(gateway.process().pid());
            gateway.process().awaitErrorLine(GIVEN_UP, LIMIT);
            assertEquals(NOTHING, privileges(gateway.process().pid()));
            new Traffic(network).ping(Network.FAR_HOST, 3, 56);
            new Traffic(network).download(3, 8 << 20);
            gateway.assertEveryPacketAccountedFor();
            assertEquals(NOTHING, privileges(gateway.process().pid()), "threads that were made later");
            assertEquals(0, gateway.process().stop(), gateway.process()::err);
        }
        assertNothingLeftBehind();
    }

    @Test
    void nobody_with_the_capabilities_of_the_service_can_run_it() throws IOException {
        Files.createDirectory(directory.resolve("state"));
        final Path file = Files.writeString(directory.resolve("gateway.yaml"), """
            inside:  { interface: %s, address: %s/24 }
            outside: { interface: %s, address: %s/24, gateway: %s }
            io:      { backend: %s, threading: %s }
            state:   { directory: %s }
            """.formatted(Network.INSIDE_INTERFACE, Network.GATEWAY_INSIDE, Network.OUTSIDE_INTERFACE, Network.GATEWAY_OUTSIDE,
            Network.OUTSIDE_HOST, variant.backend(), variant.threading(), directory.resolve("state")));
        Command.run(LIMIT, "chmod", "-R", "a+rwX", directory.toString()).orThrow();
        // the service may lock all its memory; where root may not allow that, what xdp needs to lock takes a capability
        final boolean mayLockAll = Command.run(LIMIT, "prlimit", "--memlock=unlimited", "true").exitCode() == 0;
        final String enough = mayLockAll ? ENOUGH : ENOUGH + ",+ipc_lock";
        final List<String> words = new ArrayList<>(mayLockAll ? List.of("prlimit", "--memlock=unlimited") : List.of());
        words.addAll(List.of("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--no-new-privs", "--inh-caps", enough,
            "--ambient-caps", enough, "--bounding-set", enough));
        words.addAll(Program.words("run", "--config", file.toString()));
        try (BackgroundProcess process = network.gateway().start(words)) {
            process.awaitLine("ready", LIMIT);
            assertSecondCompilerGivesWayForAMoment(process.pid());
            assertEquals(NOTHING, privileges(process.pid()));
            process.awaitErrorLine(GIVEN_UP, LIMIT);
            assertEquals(mayLockAll, Files.readString(Path.of("/proc/" + process.pid() + "/status")).lines()
                .anyMatch(line -> line.matches("VmLck:\\s+[1-9][0-9]{5,} kB")), "its memory is locked");
            new Traffic(network).ping(Network.FAR_HOST, 3, 56);
            assertEquals(0, process.stop(), process::err);
        }
        assertNothingLeftBehind();
    }

    /** What the threads of a process have, each kind of it once. */
    private static Set<String> privileges(final long pid) throws IOException {
        final Set<String> found = new TreeSet<>();
        final List<Path> threads;
        try (Stream<Path> all = Files.list(Path.of("/proc/" + pid + "/task"))) {
            threads = all.toList();
        }
        assertTrue(threads.size() > 5, "threads of a virtual machine");
        for (final Path thread : threads) {
            final Command.Result status = Command.run(LIMIT, "cat", thread.resolve("status").toString());
            status.out().lines().filter(line -> line.matches("(Cap(Inh|Prm|Eff|Amb)|NoNewPrivs):.*"))
                .forEach(line -> found.add(line.replaceAll(":\\s+", " ")));
        }
        return found;
    }

    /** And takes turns again, though the gateway has no privileges any more. */
    private static void assertSecondCompilerGivesWayForAMoment(final long pid) {
        awaitNiceOfSecondCompiler(pid, LAST);
        awaitNiceOfSecondCompiler(pid, USUAL);
    }

    private static void awaitNiceOfSecondCompiler(final long pid, final Set<Integer> expected) {
        final long beginNs = System.nanoTime();
        Set<Integer> found = niceOfSecondCompiler(pid);
        while (!expected.containsAll(found) && System.nanoTime() - beginNs < LIMIT.toNanos()) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
            found = niceOfSecondCompiler(pid);
        }
        assertTrue(!found.isEmpty() && expected.containsAll(found), found::toString);
    }

    private static Set<Integer> niceOfSecondCompiler(final long pid) {
        return Command.run(LIMIT, "sh", "-c", "cat /proc/" + pid + "/task/*/stat").out().lines()
            .filter(stat -> stat.contains("(C2 CompilerThre)"))
            .map(stat -> Integer.valueOf(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[NICE_FIELD]))
            .collect(Collectors.toSet());
    }

    private void assertNothingLeftBehind() {
        assertEquals("", network.gateway().run("nft", "list", "ruleset").out());
        assertTrue(!network.gateway().run("ip", "link").out().contains("xdp"), "an XDP program");
    }
}
