package io.sallyport.tools.fault;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * Runs tests in a process of its own, in order, and ends that with the first red one: the process may run a gateway that loops for ever or
 * does worse, and the check only needs to know that someone saw it.
 *
 * <pre>
 *   TestRun FILE all|first STEP…
 *     FILE   keys of tests that are red anyway, one a line
 *     STEP   scenarios:PREFIX, or the name of a test class
 * </pre>
 */
final class TestRun {

    /** Exit code: a test was red. */
    static final int RED = 3;
    /** What a line on stdout about a red test begins with; its key and description follow. */
    static final String RED_MARK = "RED\t";

    private static final String SCENARIOS = "scenarios:";
    private static final String SCENARIO_TEST = "io.sallyport.tools.scenario.ScenarioTest";

    private TestRun() {
    }

    /** Runs the steps. */
    public static void main(final String[] arguments) throws Exception {
        final Set<String> known = new HashSet<>(Files.readAllLines(Path.of(arguments[0])));
        final Listener listener = new Listener(known, "first".equals(arguments[1]));
        final Launcher launcher = LauncherFactory.create();
        for (final String step : List.of(arguments).subList(2, arguments.length)) {
            System.setProperty("sallyport.scenario", step.startsWith(SCENARIOS) ? step.substring(SCENARIOS.length()) : "");
            final DiscoverySelector selector =
                DiscoverySelectors.selectClass(step.startsWith(SCENARIOS) ? SCENARIO_TEST : step);
            launcher.execute(LauncherDiscoveryRequestBuilder.request().selectors(selector).build(), listener);
        }
        // threads that a broken gateway left do not matter
        Runtime.getRuntime().halt(listener.reds == 0 ? 0 : RED);
    }

    private static final class Listener implements TestExecutionListener {

        private final Set<String> known;
        private final boolean stopsAtFirst;
        private int reds;

        Listener(final Set<String> known, final boolean stopsAtFirst) {
            this.known = known;
            this.stopsAtFirst = stopsAtFirst;
        }

        @Override
        public void executionFinished(final TestIdentifier test, final TestExecutionResult result) {
            if (result.getStatus() != TestExecutionResult.Status.FAILED || known.contains(key(test))) {
                return;
            }
            reds++;
            // a library may have printed something without an end of line
            System.out.println("\n" + RED_MARK + key(test) + "\t" + describe(test));
            System.out.flush();
            if (stopsAtFirst) {
                Runtime.getRuntime().halt(RED);
            }
        }

        /** The unique id of a scenario is its number among those that run, which are not always the same ones; its name stays. */
        private static String key(final TestIdentifier test) {
            return test.getUniqueId().contains(SCENARIO_TEST) ? name(test) : test.getUniqueId();
        }

        private static String name(final TestIdentifier test) {
            return test.getDisplayName().replaceAll("\\s+", " ");
        }

        private static String describe(final TestIdentifier test) {
            final String name = name(test);
            return test.getSource().map(source -> switch (source) {
                case final MethodSource method when method.getClassName().equals(SCENARIO_TEST) -> name;
                case final MethodSource method -> simpleName(method.getClassName()) + "." + method.getMethodName();
                case final ClassSource type -> simpleName(type.getClassName());
                default -> name;
            }).orElse(name);
        }

        private static String simpleName(final String className) {
            return className.substring(className.lastIndexOf('.') + 1);
        }
    }
}
