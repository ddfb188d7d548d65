package io.sallyport.tools.architecture;

import static io.sallyport.tools.architecture.CompiledClass.madeUp;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The rules themselves: each is seen to fail. */
class RulesTest {

    @ParameterizedTest
    @CsvSource({
        "wire, packet", "config, counter", "counter, wire", "packet, flow",
        "flow, wire", "flow, packet", "mapping, packet", "mapping, wire",
        "translate, engine", "neighbour, mapping", "icmp, engine",
        "engine, runtime", "runtime, io", "runtime, tools", "io.linux, engine",
        "io.linux, io.pcap", "newcomer, wire"})
    void packagesMayNotSee(final String from, final String to) {
        assertEquals(
            List.of("io.sallyport." + from + ".A sees io.sallyport." + to + ".B: package " + from + " may not see " + to),
            DependencyRules.packages(List.of(madeUp("io.sallyport." + from + ".A", "io.sallyport." + to + ".B"))));
    }

    @ParameterizedTest
    @CsvSource({"packet, wire", "engine, flow", "tools, runtime", "tools.replay, engine", "tools, tools.replay", "io.linux, io"})
    void packagesMaySee(final String from, final String to) {
        assertEquals(List.of(),
            DependencyRules.packages(List.of(madeUp("io.sallyport." + from + ".A", "io.sallyport." + to + ".B", "java.lang.String"))));
    }

    @Test
    void thereAreNoCircles() {
        final Set<String> settled = new HashSet<>();
        for (int round = 0; round < DependencyRules.MAY_SEE.size(); round++) {
            for (final Map.Entry<String, Set<String>> entry : DependencyRules.MAY_SEE.entrySet()) {
                if (settled.containsAll(entry.getValue())) {
                    settled.add(entry.getKey());
                }
            }
        }
        assertEquals(DependencyRules.MAY_SEE.keySet(), settled);
    }

    @Test
    void librariesBelongToOnePackage() {
        final List<CompiledClass> classes = List.of(
            madeUp("io.sallyport.runtime.A", "com.lmax.disruptor.RingBuffer"), madeUp("io.sallyport.engine.A", "com.lmax.disruptor.dsl.B"));
        assertEquals(List.of("io.sallyport.engine.A sees com.lmax.disruptor.dsl.B"),
            DependencyRules.onlyPackage(classes, "com.lmax.disruptor.", "io.sallyport.runtime"));
    }

    @Test
    void librariesBelongToOneClass() {
        final CompiledClass one = madeUp("io.sallyport.io.pcap.A", "org.pcap4j.core.Pcaps");
        final CompiledClass nested = madeUp("io.sallyport.io.pcap.A$B", "org.pcap4j.core.PcapHandle");
        final CompiledClass other = madeUp("io.sallyport.io.pcap.C", "org.pcap4j.core.PcapHandle");
        assertEquals(List.of(), DependencyRules.oneClass(List.of(one, nested), "org.pcap4j."));
        assertEquals(List.of("io.sallyport.io.pcap.A", "io.sallyport.io.pcap.C"),
            DependencyRules.oneClass(List.of(one, nested, other), "org.pcap4j."));
    }

    @Test
    void referencesAreFoundWhereverTheyStand() throws IOException {
        final Set<String> references = compiled(Referring.class).references();
        assertTrue(references.containsAll(List.of("java.util.Optional", "java.util.OptionalInt", "java.util.OptionalLong", "java.util.UUID",
            "java.util.Random", "java.util.Scanner", "java.util.Timer", "java.util.Locale")), references.toString());
    }

    @ParameterizedTest
    @CsvSource({"object, makes a java.lang.Object", "array, makes an array", "objects, makes an array", "arrays, makes an array",
        "lambda, makes a lambda or joins strings", "join, makes a lambda or joins strings", "lock, takes a lock",
        "box, boxes a java.lang.Long",
        "walk, makes an iterator", "clock, reads a clock", "copy, 'calls [J.clone'", "text, calls java.lang.String.length"})
    void hotMethodsMayNot(final String method, final String what) throws IOException {
        final List<CompiledClass> classes = List.of(compiled(Allocating.class));
        final String root = Allocating.class.getName() + "." + method;
        final List<String> breaches = HotPathRules.check(classes, List.of(root), Set.of());
        assertTrue(breaches.stream().anyMatch(breach -> breach.startsWith(root + "(") && breach.endsWith(" " + what)), breaches.toString());
    }

    @Test
    void hotMethodsMayNotThrow() throws IOException {
        final String root = Allocating.class.getName() + ".fail";
        final List<String> breaches = HotPathRules.check(List.of(compiled(Allocating.class)), List.of(root), Set.of());
        assertEquals(List.of(root + "(Ljava/lang/RuntimeException;)V throws"), breaches);
    }

    @Test
    void callsAreFollowed() throws IOException {
        final List<CompiledClass> classes = List.of(compiled(Allocating.class), compiled(Calling.class));
        assertEquals(List.of(Allocating.class.getName() + ".object()Ljava/lang/Object; makes a java.lang.Object"),
            HotPathRules.check(classes, List.of(Calling.class.getName() + ".call"), Set.of()));
        assertEquals(List.of(), HotPathRules.check(
            classes, List.of(Calling.class.getName() + ".call"), Set.of(Allocating.class.getName())));
        assertEquals(List.of(), HotPathRules.check(classes, List.of(Calling.class.getName() + ".quiet"), Set.of()));
    }

    @Test
    void rootsMustExist() throws IOException {
        assertEquals(List.of("there is no x.Y.z"), HotPathRules.check(List.of(compiled(Calling.class)), List.of("x.Y.z"), Set.of()));
    }

    private static CompiledClass compiled(final Class<?> type) throws IOException {
        try (InputStream file = type.getResourceAsStream(type.getName().substring(type.getPackageName().length() + 1) + ".class")) {
            return CompiledClass.of(file.readAllBytes());
        }
    }
}
