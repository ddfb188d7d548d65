package io.sallyport.tools.admin;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Metrics in Prometheus' text format, as somebody else would read them.
 *
 * @param families the metrics, in their order
 */
record Exposition(List<Family> families) {

    private static final Pattern SAMPLE = Pattern.compile("([a-z_]+)(?:\\{(.*)})? (\\S+)");
    private static final Pattern LABEL = Pattern.compile("([a-z_]+)=\"((?:[^\"\\\\]|\\\\.)*)\",?");

    /**
     * A metric.
     *
     * @param name    its name
     * @param type    its type
     * @param help    what it means
     * @param samples its values
     */
    record Family(String name, String type, String help, List<Sample> samples) {

        /** Names of its labels, sorted; without that of a histogram's buckets. */
        List<String> labels() {
            return samples.getFirst().labels().keySet().stream().filter(label -> !"le".equals(label)).sorted().toList();
        }
    }

    /**
     * A value.
     *
     * @param name   name with suffix
     * @param labels its labels
     * @param value  the value
     */
    record Sample(String name, Map<String, String> labels, double value) {
    }

    /** Reads the format; every line must be understood, and stand where it belongs. */
    static Exposition parse(final String text) {
        final List<Family> families = new ArrayList<>();
        String help = "";
        for (final String line : text.split("\n")) {
            final String[] words = line.split(" ", 4);
            if (line.startsWith("# HELP ")) {
                help = words[3];
            } else if (line.startsWith("# TYPE ")) {
                families.add(new Family(words[2], words[3], help, new ArrayList<>()));
            } else {
                final Sample sample = sample(line);
                if (!sample.name().startsWith(families.getLast().name())) {
                    throw new IllegalArgumentException(line + " under " + families.getLast().name());
                }
                families.getLast().samples().add(sample);
            }
        }
        return new Exposition(families);
    }

    private static Sample sample(final String line) {
        final Matcher matcher = SAMPLE.matcher(line);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(line);
        }
        final Map<String, String> labels = matcher.group(2) == null ? Map.of() : LABEL.matcher(matcher.group(2)).results()
            .collect(Collectors.toMap(label -> label.group(1), label -> label.group(2), (a, b) -> a + b, TreeMap::new));
        return new Sample(matcher.group(1), labels, Double.parseDouble(matcher.group(3)));
    }

    /** The metric of that name. */
    Family family(final String name) {
        return families.stream().filter(family -> family.name().equals(name)).findFirst()
            .orElseThrow(() -> new IllegalArgumentException("no metric " + name));
    }

    /** The value with that name and those labels. */
    double value(final String name, final Map<String, String> labels) {
        return families.stream().flatMap(family -> family.samples().stream())
            .filter(sample -> sample.name().equals(name) && sample.labels().equals(labels)).findFirst()
            .orElseThrow(() -> new IllegalArgumentException("no " + name + labels)).value();
    }
}
