package io.sallyport.tools.fault;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Puts each fault of {@code docs/faults} into the engine and waits for a test to see it: first the scenarios of its row, then all
 * scenarios, then the unit tests of its package, then those of all others. {@code tools/bin/mutation-check} prepares and starts it.
 *
 * <pre>
 *   MutationCheck ROOT WORK [--report] [ROW|FAULT…]
 *     WORK   a directory with nat-core.path and tools.path: the class paths of both modules' tests
 * </pre>
 */
final class MutationCheck {

    /** Tests of nat-core that take long for what they see of a fault: they are about threads, processes and endurance. */
    private static final List<String> LEFT_OUT = List.of("LongRunTest", "TakeoverCrashTest", "GatewayTest", "DamagedFileTest");

    private final Path root;
    private final Path overlay;
    private final MutantCompiler compiler;
    private final TestProcess scenarios;
    private final TestProcess units;
    private final List<String> unitTests;
    private boolean unitsKnown;

    private MutationCheck(final Path root, final Path work) throws IOException {
        this.root = root;
        overlay = work.resolve("classes");
        final String path = root.resolve("nat-core/target/classes") + ":" + Files.readString(work.resolve("nat-core.path")).strip();
        final String testPath = root.resolve("tools/target/test-classes") + ":" + Files.readString(work.resolve("tools.path")).strip();
        compiler = new MutantCompiler(root, path, overlay);
        unitTests = unitTests();
        scenarios = new TestProcess(root.resolve("tools"), root.resolve("tools/target/classes") + ":" + testPath, work,
            List.of("scenarios:"));
        units = new TestProcess(root.resolve("nat-core"), root.resolve("nat-core/target/test-classes") + ":" + path + ":" + testPath, work,
            unitTests);
    }

    /** Runs the check; the exit code is 0 if all faults were seen, 1 if not, 2 if the list is wrong. */
    public static void main(final String[] arguments) throws Exception {
        final Path root = Path.of(arguments[0]);
        final List<String> words = new ArrayList<>(List.of(arguments).subList(2, arguments.length));
        final boolean reports = words.remove("--report");
        System.exit(run(root, Path.of(arguments[1]), words, reports));
    }

    private static int run(final Path root, final Path work, final List<String> words, final boolean reports) throws Exception {
        final List<Fault> chosen;
        final FaultList list;
        try {
            list = FaultList.read(root.resolve("docs/faults"));
            for (final Fault fault : list.faults()) {
                fault.applyTo(Files.readString(FaultList.source(root, fault)));
            }
            chosen = choose(list.faults(), words);
        } catch (final FaultException wrong) {
            System.err.println("mutation-check: " + wrong.getMessage());
            return 2;
        }
        final long startNs = System.nanoTime();
        final List<Outcome> outcomes = new MutationCheck(root, work).check(chosen);
        final Report report = new Report(outcomes, list.without(), System.nanoTime() - startNs);
        System.out.print(report.byRow());
        System.out.println(report.figure());
        if (reports) {
            Files.writeString(root.resolve("docs/mutation-check.md"), report.document());
        }
        return outcomes.stream().allMatch(Outcome::isKilled) ? 0 : 1;
    }

    private static List<Fault> choose(final List<Fault> faults, final List<String> words) throws FaultException {
        for (final String word : words) {
            if (faults.stream().noneMatch(fault -> fault.matches(word))) {
                throw new FaultException("\"" + word + "\" is neither a fault nor a row that has one");
            }
        }
        return words.isEmpty() ? faults : faults.stream().filter(fault -> words.stream().anyMatch(fault::matches)).toList();
    }

    private List<Outcome> check(final List<Fault> faults) throws IOException, InterruptedException {
        sayRed("scenarios", scenarios.baseline());
        final List<Outcome> outcomes = new ArrayList<>();
        for (final Fault fault : faults) {
            final long startNs = System.nanoTime();
            final Outcome outcome = check(fault);
            outcomes.add(outcome);
            System.out.printf("%3d/%d  %-36s %s%s  (%d s)%n", outcomes.size(), faults.size(), fault.id(),
                outcome.isKilled() ? "killed by " : "SURVIVED ", outcome.by(), TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - startNs));
        }
        return outcomes;
    }

    private Outcome check(final Fault fault) throws IOException, InterruptedException {
        try {
            compiler.compile(fault);
        } catch (final FaultException wrong) {
            return new Outcome(fault, false, wrong.getMessage());
        }
        final String scenario = scenarios.seenBy(overlay, fault.rows().stream().map(row -> "scenarios:" + row + "_").toList());
        if (scenario != null) {
            return new Outcome(fault, true, scenario);
        }
        if (!unitsKnown) {
            sayRed("unit tests", units.baseline());
            unitsKnown = true;
        }
        final String unit = units.seenBy(overlay,
            unitTests.stream().filter(test -> test.startsWith("io.sallyport." + fault.packageName() + ".")).toList());
        return new Outcome(fault, unit != null, unit == null ? fault.broken() : unit);
    }

    private static void sayRed(final String what, final List<String> red) {
        System.out.println("Without a fault, " + (red.isEmpty() ? "all " + what + " are green." : red.size() + " " + what
            + " are red, and do not count:"));
        new TreeSet<>(red).forEach(test -> System.out.println("  " + test));
    }

    private List<String> unitTests() throws IOException {
        final Path classes = root.resolve("nat-core/target/test-classes");
        try (Stream<Path> found = Files.walk(classes)) {
            return found.map(file -> classes.relativize(file).toString())
                .filter(name -> name.endsWith("Test.class"))
                .map(name -> name.substring(0, name.length() - ".class".length()).replace('/', '.'))
                .filter(name -> LEFT_OUT.stream().noneMatch(test -> name.endsWith("." + test)))
                .sorted().toList();
        }
    }
}
