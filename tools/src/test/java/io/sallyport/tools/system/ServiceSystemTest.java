package io.sallyport.tools.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.tools.demo.Command;
import io.sallyport.tools.demo.Network;
import io.sallyport.tools.demo.SeededStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The installed service on a small Debian, whose first process is systemd, between two hosts. */
@Tag("dist")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ServiceSystemTest {

    private static final Duration LIMIT = Duration.ofMinutes(1);
    private static final String UNIT = "sallyport@edge";
    private static final String CONFIGURATION = "/etc/sallyport/edge.yaml";
    private static final String SMALLEST = """
        name: edge
        inside:  { interface: %s, address: %s/24 }
        outside: { interface: %s, address: %s/24, gateway: %s }
        """.formatted(Network.INSIDE_INTERFACE, Network.GATEWAY_INSIDE, Network.OUTSIDE_INTERFACE, Network.GATEWAY_OUTSIDE,
        Network.OUTSIDE_HOST);
    private static final Set<String> NOTHING = Set.of("CapInh 0000000000000000", "CapPrm 0000000000000000", "CapEff 0000000000000000",
        "CapAmb 0000000000000000", "NoNewPrivs 1", "Seccomp 2");
    /** What systemd calls OK; the rest is what a gateway is there for: raw sockets, and compiling at run time. */
    private static final double MOST_EXPOSURE = 3.0;

    private Network network;
    private DebianRoot debian;
    private DebianRoot.Booted machine;

    @BeforeAll
    void boot(@TempDir final Path directory) throws IOException {
        debian = DebianRoot.unpack(directory);
        network = Network.create("sp-unit");
        network.startFarEnd(Program.CLASS_PATH);
        machine = debian.boot(network.gateway());
    }

    @AfterAll
    void end() {
        if (machine != null) {
            machine.close();
        }
        if (network != null) {
            network.close();
        }
    }

    @BeforeEach
    void start() throws IOException {
        machine.run("test -x /usr/bin/sallyport || dpkg --install " + DebianRoot.PACKAGE).orThrow();
        write(SMALLEST);
        machine.run("systemctl start " + UNIT).orThrow();
        awaitReady(1);
    }

    @AfterEach
    void stop() {
        if (machine != null) {
            machine.run("systemctl stop " + UNIT + "; systemctl reset-failed; journalctl --quiet --rotate --vacuum-time=1ms");
        }
    }

    @Test
    void it_forwards_with_no_privilege_left() throws IOException {
        assertEquals("active", machine.property(UNIT, "ActiveState"));
        final Traffic traffic = new Traffic(network);
        traffic.ping(Network.FAR_HOST, 3, 56);
        assertEquals(SeededStream.sha256(3, 8 << 20), traffic.download(3, 8 << 20));
        await("it still has capabilities", () -> journal().contains("all capabilities are given up"));
        final Set<String> found = new TreeSet<>();
        machine.run("cat /proc/" + pid() + "/task/*/status").orThrow().out().lines()
            .filter(line -> line.matches("(Cap(Inh|Prm|Eff|Amb)|NoNewPrivs|Seccomp):.*"))
            .forEach(line -> found.add(line.replaceAll(":\\s+", " ")));
        assertEquals(NOTHING, found);
        assertEquals("sallyport", machine.run("stat -c %U /proc/" + pid()).orThrow().out().strip());
    }

    /** The unit asks for no limit; where systemd itself may not lift it, as in a container without CAP_SYS_RESOURCE, nothing is locked. */
    @Test
    void its_memory_is_locked_where_the_limit_can_be_lifted() {
        final boolean isUnlimited = machine.run("grep -q 'Max locked memory  *unlimited' /proc/" + pid() + "/limits").exitCode() == 0;
        final String locked = machine.run("sed -n 's/^VmLck:[^0-9]*//p' /proc/" + pid() + "/status").orThrow().out().strip();
        System.out.println("limit of locked memory lifted: " + isUnlimited + ", locked: " + locked);
        assertEquals(isUnlimited, locked.matches("[1-9][0-9]{5,} kB"), locked);
    }

    @Test
    void a_reload_has_been_done_when_systemctl_returns() throws IOException {
        write(SMALLEST + "nat: { timeouts: { udp: 6m } }\n");
        machine.run("systemctl reload " + UNIT).orThrow();
        assertTrue(effective().contains("udp: 6m"), this::effective);
        assertTrue(journal().contains("applied: nat.timeouts.udp"), this::journal);
        write(SMALLEST + "nat: { timeouts: { udp: 6parsec } }\n");
        assertNotEquals(0, machine.run("systemctl reload " + UNIT).exitCode(), "a file with an error");
        assertTrue(journal().contains("\"6parsec\" is not a duration"), this::journal);
        assertEquals("active", machine.property(UNIT, "ActiveState"));
        assertTrue(effective().contains("udp: 6m"), this::effective);
        new Traffic(network).ping(Network.FAR_HOST, 2, 56);
    }

    @Test
    void a_reload_finds_a_gateway_of_another_name() throws IOException {
        write(SMALLEST.replace("name: edge", "name: ledge"));
        machine.run("systemctl restart " + UNIT).orThrow();
        awaitReady(2);
        write(SMALLEST.replace("name: edge", "name: ledge") + "nat: { timeouts: { udp: 6m } }\n");
        machine.run("systemctl reload " + UNIT).orThrow();
        await("it is not reloaded", () -> journal().contains("applied: nat.timeouts.udp"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"systemctl kill --signal=KILL --kill-who=main " + UNIT, "systemctl restart " + UNIT,
        "dpkg --install " + DebianRoot.PACKAGE})
    void connections_go_on_after(final String end) throws Exception {
        final String before = pid();
        final CompletableFuture<String> idle = meet();
        await("the connection is not established", () -> machine.run("sallyport connections --name edge --protocol tcp --state established")
            .out().contains(Network.INSIDE_HOST + ":"));
        try (Pings pings = Pings.start(network.inside(), Network.FAR_HOST)) {
            pings.awaitMore(LIMIT);
            machine.run(end).orThrow();
            awaitReady(2);
            pings.awaitMore(LIMIT);
            System.out.println(end + ": " + pings.stop() + " ms without forwarding");
        }
        assertNotEquals(before, pid());
        assertEquals("active", machine.property(UNIT, "ActiveState"));
        assertEquals(end.contains("KILL") ? "1" : "0", machine.property(UNIT, "NRestarts"));
        assertFalse(idle.isDone());
        assertEquals("met", meet().get(LIMIT.toSeconds(), TimeUnit.SECONDS));
        assertEquals("met", idle.get(LIMIT.toSeconds(), TimeUnit.SECONDS), "the connection that was silent all the time");
    }

    @ParameterizedTest
    @ValueSource(strings = {"systemctl stop " + UNIT, "sallyport stop --name edge", "dpkg --remove sallyport"})
    void it_stays_stopped_and_leaves_the_interfaces_alone_after(final String end) {
        assertTrue(machine.run("nft list ruleset").orThrow().out().contains("sallyport_"));
        machine.run(end).orThrow();
        await("it has not stopped", () -> "inactive".equals(machine.property(UNIT, "ActiveState")));
        assertEquals("success", machine.property(UNIT, "Result"));
        assertEquals("0", machine.property(UNIT, "NRestarts"));
        assertEquals("", machine.run("nft list ruleset").orThrow().out());
        final String group = "/sys/fs/cgroup/system.slice/system-sallyport.slice/" + UNIT + ".service";
        assertNotEquals(0, machine.run("ls " + group).exitCode(), "a process of its own goes on");
    }

    @Test
    void a_bad_configuration_is_not_tried_again() throws IOException {
        write(SMALLEST + "nonsense: 1\n");
        machine.run("systemctl restart " + UNIT);
        await("it has not failed", () -> "failed".equals(machine.property(UNIT, "ActiveState")));
        assertEquals("0 2", machine.property(UNIT, "NRestarts") + " " + machine.property(UNIT, "ExecMainStatus"));
        assertTrue(journal().contains("sallyport: " + CONFIGURATION + ":4: nonsense: "), this::journal);
    }

    @Test
    void it_is_hardened() {
        final Command.Result verified = machine.run("systemd-analyze verify --man=no " + UNIT + ".service");
        assertEquals("", verified.err());
        final Command.Result security = machine.run("systemd-analyze security --no-pager " + UNIT);
        final String overall = security.out().lines().filter(line -> line.contains("Overall exposure level")).findFirst().orElseThrow();
        System.out.println(overall);
        assertTrue(Double.parseDouble(overall.replaceAll(".*: ([0-9.]+) .*", "$1")) <= MOST_EXPOSURE, security::toString);
    }

    private void write(final String yaml) throws IOException {
        Files.writeString(debian.resolve(CONFIGURATION), yaml);
    }

    private String pid() {
        return machine.property(UNIT, "MainPID");
    }

    private String journal() {
        return machine.run("journalctl --sync && journalctl --quiet --no-pager --output=cat --unit=" + UNIT).out();
    }

    private String effective() {
        return machine.run("cat /dev/shm/sallyport/edge/*.yaml").out();
    }

    /** Waits until the journal has so many lines of gateways that forward. */
    private void awaitReady(final int gateways) {
        await("no gateway is ready", () -> journal().lines().filter(line -> line.startsWith("ready ")).count() >= gateways);
    }

    private void await(final String failure, final BooleanSupplier condition) {
        final long deadlineNs = System.nanoTime() + LIMIT.toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() - deadlineNs < 0, () -> failure + "\n" + journal());
        }
    }

    /** A request that is answered when there is a second one. */
    private CompletableFuture<String> meet() {
        return CompletableFuture.supplyAsync(() -> network.inside().tryRun(LIMIT, "curl", "-sS", "http://" + Network.FAR_HOST
            + "/rendezvous?parties=2").orThrow().out().strip(), task -> Thread.ofVirtual().start(task));
    }
}
