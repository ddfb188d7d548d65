package io.sallyport.tools.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The architecture as it is compiled: the class files of all modules of the program against the rules. */
class ArchitectureTest {

    /** The duty cycles of the stages, and what they reach through interfaces. */
    private static final List<String> HOT = List.of(
        "io.sallyport.engine.Ingress.process",
        "io.sallyport.engine.Ingress.release",
        "io.sallyport.engine.Ingress.poll",
        "io.sallyport.engine.Worker.process",
        "io.sallyport.engine.Worker.poll",
        "io.sallyport.engine.Egress.process",
        "io.sallyport.engine.Egress.finish",
        "io.sallyport.engine.Egress.finishOriginated",
        "io.sallyport.engine.Egress.poll",
        "io.sallyport.translate.Connections.onTimer",
        "io.sallyport.io.linux.AfPacketPort.receive",
        "io.sallyport.io.linux.AfPacketPort.transmit",
        "io.sallyport.io.linux.AfPacketPort.release");

    /** What the threads run; it reads the clock, for the stages. */
    private static final List<String> DUTY_CYCLES = List.of(
        "io.sallyport.runtime.InlineThreading.doWork",
        "io.sallyport.runtime.PipelineThreading.doWork",
        "io.sallyport.runtime.PipelineThreading$WorkerHandler.onEvent",
        "io.sallyport.runtime.PipelineThreading$TransmitHandler.onEvent");

    /** Throws when the JDK cannot call a function of the C library at all, because the compiler wants it to throw something there. */
    private static final Set<String> TRUSTED = Set.of("io.sallyport.io.linux.LinuxCalls");

    private static List<CompiledClass> classes;

    @BeforeAll
    static void readClasses() throws IOException {
        classes = CompiledClass.ofAllModules();
    }

    @Test
    void allModulesAreSeen() {
        final Set<String> packages = classes.stream().map(CompiledClass::packageName).collect(Collectors.toCollection(TreeSet::new));
        assertTrue(
            packages.containsAll(List.of("io.sallyport.engine", "io.sallyport.io.linux", "io.sallyport.tools")), packages.toString());
    }

    @Test
    void packagesSeeOnlyWhatIsBelowThem() {
        assertKept(DependencyRules.packages(classes));
    }

    @Test
    void onlyTheRuntimeSeesTheDisruptor() {
        assertKept(DependencyRules.onlyPackage(classes, "com.lmax.disruptor.", "io.sallyport.runtime"));
    }

    @Test
    void onlyTheLinuxPackageCallsForeignFunctions() {
        assertKept(DependencyRules.onlyPackage(classes, "java.lang.foreign.", "io.sallyport.io.linux"));
    }

    @Test
    void onlyOneClassSeesPcap4j() {
        assertKept(DependencyRules.oneClass(classes, "org.pcap4j."));
    }

    @Test
    void onlyTheListenerSeesPrometheus() {
        assertKept(DependencyRules.onlyPackage(classes, "io.prometheus.", "io.sallyport.tools.admin"));
    }

    @Test
    void noOneParsesWithPcap4j() {
        assertKept(DependencyRules.noOne(classes, "org.pcap4j.packet."));
    }

    @Test
    void noOneUsesInternalsOfTheJdk() {
        assertKept(DependencyRules.noOne(classes, "sun."));
        assertKept(DependencyRules.noOne(classes, "jdk.internal."));
    }

    @Test
    void whatAPacketReachesNeitherAllocatesNorThrows() {
        assertKept(HotPathRules.check(classes, HOT, TRUSTED));
        assertTrue(HotPathRules.reachable(classes, HOT) > 150, "methods reached: " + HotPathRules.reachable(classes, HOT));
    }

    @Test
    void theThreadsNeitherAllocateNorThrow() {
        assertKept(HotPathRules.check(classes, DUTY_CYCLES, TRUSTED).stream()
            .filter(breach -> !breach.startsWith("io.sallyport.runtime.") || !breach.endsWith(" reads a clock")).toList());
    }

    private static void assertKept(final List<String> breaches) {
        assertEquals("", String.join("\n", breaches));
    }
}
