package io.sallyport.tools.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The list of faults keeps up with the engine and with the check-lists; whether the tests see the faults takes the whole check. */
class FaultListTest {

    private static final Path ROOT = Path.of("..");
    private static final Path FAULTS = ROOT.resolve("docs/faults");

    /** Rows of RFC 7857, which have sections instead of numbers. */
    private static final List<String> SECTIONS = List.of("2_1", "2_2", "3", "4", "5", "6_1", "6_2", "7", "8", "9", "10", "11");

    @Test
    void everyFaultFitsItsSource() throws IOException, FaultException {
        for (final Fault fault : FaultList.read(FAULTS).faults()) {
            final String source = Files.readString(FaultList.source(ROOT, fault));
            assertNotEquals(source, fault.applyTo(source), fault.id());
        }
    }

    @Test
    void everyFaultHasAName() throws IOException, FaultException {
        final List<Fault> faults = FaultList.read(FAULTS).faults();
        assertEquals(faults.size(), faults.stream().map(Fault::id).distinct().count());
        faults.forEach(fault -> assertTrue(fault.id().matches("[a-z0-9]+(-[a-z0-9]+)*"), fault.id()));
    }

    @Test
    void everyRowHasAFault() throws IOException, FaultException {
        final FaultList list = FaultList.read(FAULTS);
        final Set<String> broken = list.faults().stream().flatMap(fault -> fault.rows().stream()).collect(Collectors.toSet());
        final Set<String> missing = rows();
        missing.removeAll(broken);
        missing.removeAll(list.without().keySet());
        assertEquals(Set.of(), missing);
        list.without().keySet().forEach(row -> assertFalse(broken.contains(row), row + " has a fault and a reason why it has none"));
    }

    @Test
    void everyFaultIsOfARow() throws IOException, FaultException {
        final Set<String> rows = rows();
        final FaultList list = FaultList.read(FAULTS);
        list.faults().forEach(fault -> assertTrue(rows.containsAll(fault.rows()), fault.id() + ": " + fault.rows()));
        assertTrue(rows.containsAll(list.without().keySet()), list.without().toString());
    }

    @Test
    void aTextThatOccursTwiceIsNoFault() {
        final Fault fault = new Fault("twice", List.of("rfc4787_01"), "wire/Udp.java", "a", "b", "nothing");
        assertThrows(FaultException.class, () -> fault.applyTo("a and a"));
        assertThrows(FaultException.class, () -> fault.applyTo("nothing of it"));
    }

    /** The rows of the check-lists by their numbers, and those of all scenarios. */
    private static Set<String> rows() throws IOException {
        final Set<String> rows = new TreeSet<>();
        addNumbered(rows, "rfc4787", 14);
        addNumbered(rows, "rfc5382", 10);
        addNumbered(rows, "rfc5508", 11);
        addNumbered(rows, "rfc6888", 15);
        SECTIONS.forEach(section -> rows.add("rfc7857_" + section));
        try (Stream<Path> scenarios = Files.list(ROOT.resolve("docs/scenarios"))) {
            for (final Path scenario : scenarios.filter(file -> file.toString().endsWith(".scenario")).toList()) {
                rows.add(Files.readString(scenario).lines().filter(line -> line.startsWith("row: ")).findFirst().orElseThrow()
                    .substring("row: ".length()).strip());
            }
        }
        return rows;
    }

    private static void addNumbered(final Set<String> rows, final String rfc, final int count) {
        IntStream.rangeClosed(1, count).forEach(number -> rows.add("%s_%02d".formatted(rfc, number)));
    }
}
