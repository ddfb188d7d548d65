package io.sallyport.tools.scenario;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.stream.Collectors;
import org.opentest4j.TestAbortedException;

/**
 * The cases that are written and wait for their feature. While the list {@code awaited.txt} exists, a configuration that this version
 * refuses and a case that the list names ({@code file: case}) are reported as skipped when they fail, and as passed when they do not.
 */
final class Awaited {

    private static final String LIST = "awaited.txt";
    private static final Set<String> CASES = read();

    private Awaited() {
    }

    /** Skips a case that failed, if it is awaited. */
    static void skip(final Scenario scenario, final Scenario.Case scenarioCase, final Exception red) {
        if (CASES.isEmpty()) {
            return;
        }
        if (red.getMessage().contains("is not available in this version") || CASES.contains(scenario.file() + ": " + scenarioCase.name())) {
            throw new TestAbortedException("awaits its feature: " + red.getMessage());
        }
    }

    /** Whether the list exists. */
    static boolean isSomethingAwaited() {
        return !CASES.isEmpty();
    }

    private static Set<String> read() {
        try (InputStream list = Awaited.class.getResourceAsStream(LIST)) {
            return list == null ? Set.of() : new String(list.readAllBytes(), StandardCharsets.UTF_8).lines()
                .filter(line -> !line.isBlank() && !line.startsWith("#")).collect(Collectors.toSet());
        } catch (final IOException unreadable) {
            throw new IllegalStateException(unreadable);
        }
    }
}
