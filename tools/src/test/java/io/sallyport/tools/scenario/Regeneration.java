package io.sallyport.tools.scenario;

import io.sallyport.packet.Side;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Rewrites what a file expects to what the gateway does, for someone to read and to judge: each case in its first variant. Lines that
 * agree stay as they are; so do labels and, where they still fit, variables. Within a repeat nothing is rewritten.
 */
final class Regeneration implements ScenarioRunner.Review {

    private static final Pattern DEPARTURE = Pattern.compile("(\\s*(?:[0-9.]+\\s+)?>(?:in|out)\\s+)[^#]*?(\\s+@[a-z0-9]+)?(\\s+#.*)?");
    private static final Pattern COUNTED = Pattern.compile("(\\s*(?:[0-9.]+\\s+)?(?:count|drops)\\s+)[^#]*?(\\s+#.*)?");

    private final List<String> lines;
    private final Map<Integer, Optional<String>> replaced = new TreeMap<>();
    private final Map<Integer, List<String>> inserted = new TreeMap<>();
    private int newNames;

    private Regeneration(final List<String> lines) {
        this.lines = lines;
    }

    /** The file's text with what the gateway does. */
    static String of(final Scenario scenario, final String text) {
        final Regeneration regeneration = new Regeneration(text.lines().toList());
        for (final Scenario.Case scenarioCase : scenario.cases()) {
            try {
                ScenarioRunner.run(scenario, scenarioCase, scenarioCase.variants().getFirst(), regeneration);
            } catch (final ScenarioException impossible) {
                final String reason = impossible.getMessage().lines().findFirst().orElse("");
                regeneration.insert(scenarioCase.line() + 1, "# not regenerated: " + reason);
            }
        }
        return regeneration.text();
    }

    @Override
    public void disagrees(final String message) {
        throw new ScenarioException(message);
    }

    @Override
    public void different(
        final Step.Departure step, final ScenarioRunner.Sent actual, final Variables variables, final String message) {
        final Matcher line = DEPARTURE.matcher(lines.get(step.line() - 1));
        if (!line.matches() || replaced.containsKey(step.line())) {
            throw new ScenarioException(message);
        }
        final Step.Time time = step.time().orElseThrow();
        final boolean inTime = actual.atNs() >= time.earliestNs() && actual.atNs() <= time.latestNs();
        final String head = inTime ? line.group(1) : head(actual);
        replaced.put(step.line(), Optional.of(head + packet(actual, variables) + group(line, 2) + group(line, 3)));
    }

    @Override
    public void missing(final Step.Departure step, final String message) {
        replaced.put(step.line(), Optional.empty());
    }

    @Override
    public void unexpected(final int line, final ScenarioRunner.Sent actual, final Variables variables, final String message) {
        insert(line, head(actual) + packet(actual, variables));
    }

    @Override
    public void counted(final Step step, final String actual, final String message) {
        final Matcher line = COUNTED.matcher(lines.get(step.line() - 1));
        if (!line.matches()) {
            throw new ScenarioException(message);
        }
        replaced.put(step.line(), Optional.of(line.group(1) + actual + group(line, 2)));
    }

    private static String head(final ScenarioRunner.Sent actual) {
        final String side = actual.side() == Side.INSIDE ? "  >in   " : "  >out  ";
        return "  " + ScenarioRunner.text(new Step.Time(actual.atNs(), actual.atNs())) + side;
    }

    private String packet(final ScenarioRunner.Sent actual, final Variables variables) {
        return new PacketPrinter((field, value) -> name(field, value, variables)).leaving(actual.packet(), actual.side());
    }

    /** A port or identifier that the gateway chose has a name, or gets one. */
    private Optional<String> name(final Field field, final long value, final Variables variables) {
        if (!field.isChosen() || value == 0) {
            return Optional.empty();
        }
        final boolean isWritten = lines.stream().anyMatch(line -> line.matches(".*\\b" + value + "\\b.*"));
        if (variables.nameOf(value).isEmpty() && !isWritten) {
            variables.bind("new" + ++newNames, value);
        }
        return variables.nameOf(value);
    }

    private void insert(final int line, final String text) {
        inserted.computeIfAbsent(line, key -> new ArrayList<>()).add(text);
    }

    private String text() {
        final List<String> result = new ArrayList<>();
        for (int line = 1; line <= lines.size() + 1; line++) {
            result.addAll(inserted.getOrDefault(line, List.of()));
            if (line <= lines.size()) {
                replaced.getOrDefault(line, Optional.of(lines.get(line - 1))).ifPresent(result::add);
            }
        }
        return String.join("\n", result) + "\n";
    }

    private static String group(final Matcher line, final int group) {
        return line.group(group) == null ? "" : line.group(group);
    }
}
