package io.sallyport.tools.scenario;

import io.sallyport.packet.Side;
import java.math.BigDecimal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads files of scenarios; {@code docs/scenarios/README.md} describes them. Whatever is wrong is refused with its line. */
final class ScenarioParser {

    private static final List<String> MAPPINGS = List.of("endpoint-independent", "endpoint-dependent");
    private static final List<String> FILTERINGS = List.of("endpoint-dependent", "address-dependent", "endpoint-independent");
    private static final Pattern HEADER = Pattern.compile("([a-z][a-z0-9.-]*):(?:\\s+(.*))?");
    private static final Pattern CONFIG_KEY = Pattern.compile("(nat|inside|outside)(\\.[a-z0-9-]+)+");
    private static final Pattern TIME = Pattern.compile("(\\d+(?:\\.\\d{1,9})?)(?:\\.\\.(\\d+(?:\\.\\d{1,9})?))?");
    private static final Pattern REPEAT =
        Pattern.compile("repeat\\s+\\$([a-z][a-z0-9]*)\\s+in\\s+(\\S+?)\\.\\.(\\S+)(?:\\s+every\\s+(\\d+(?:\\.\\d{1,9})?))?");
    private static final Pattern COMMENT = Pattern.compile("^((?:[^\"#]|\"[^\"]*\"|(?<=\\S)#)*)(?<!\\S)#.*$");

    private final String file;
    private int line;
    private final Map<String, String> head = new LinkedHashMap<>();
    private final Map<String, String> fileConfig = new LinkedHashMap<>();
    private final List<Scenario.Case> cases = new ArrayList<>();
    private CaseBuilder current;

    private ScenarioParser(final String file) {
        this.file = file;
    }

    /**
     * Reads a file.
     *
     * @param file its name, for messages
     * @throws ScenarioException that names file and line
     */
    static Scenario parse(final String file, final String text) {
        final ScenarioParser parser = new ScenarioParser(file);
        for (final String raw : text.lines().toList()) {
            parser.line++;
            try {
                parser.take(withoutComment(raw).strip());
            } catch (final IllegalArgumentException problem) {
                throw ScenarioException.at(file, parser.line, problem.getMessage());
            }
        }
        return parser.finish();
    }

    private static String withoutComment(final String raw) {
        final Matcher comment = COMMENT.matcher(raw);
        return comment.matches() ? comment.group(1) : raw;
    }

    private Scenario finish() {
        try {
            endCase();
            for (final String key : List.of("row", "proves")) {
                if (!head.containsKey(key)) {
                    throw new IllegalArgumentException("the file does not say \"" + key + ":\"");
                }
            }
            if (cases.isEmpty()) {
                throw new IllegalArgumentException("the file has no \"case:\"");
            }
        } catch (final IllegalArgumentException problem) {
            throw ScenarioException.at(file, line, problem.getMessage());
        }
        return new Scenario(file, head.get("row"), head.get("proves"), List.copyOf(cases));
    }

    private void take(final String text) {
        if (text.isEmpty()) {
            return;
        }
        final Matcher header = HEADER.matcher(text);
        if (header.matches()) {
            header(header.group(1), Optional.ofNullable(header.group(2)).orElse("").strip());
        } else if (current == null) {
            throw new IllegalArgumentException("a \"case:\" must come before \"" + text + "\"");
        } else {
            step(text);
        }
    }

    private void header(final String key, final String value) {
        if (value.isEmpty()) {
            throw new IllegalArgumentException("\"" + key + ":\" has no value");
        }
        if ("case".equals(key)) {
            endCase();
            current = new CaseBuilder(value, line, fileConfig);
            return;
        }
        if (current != null && !current.steps.isEmpty()) {
            throw new IllegalArgumentException("\"" + key + ":\" must come before the first packet of its case");
        }
        final Map<String, String> config = current == null ? fileConfig : current.config;
        switch (key) {
            case "row", "proves" -> {
                if (current != null || head.put(key, value) != null) {
                    throw new IllegalArgumentException("\"" + key + ":\" is said once, before all cases");
                }
            }
            case "mapping" -> config.put(key, known(value, MAPPINGS, "profile"));
            case "filtering" -> config.put(key, known(value, FILTERINGS, ""));
            default -> {
                if (!CONFIG_KEY.matcher(key).matches()) {
                    throw new IllegalArgumentException("\"" + key + ":\" is neither a word of scenarios nor a key of the configuration");
                }
                config.put(key, value);
            }
        }
    }

    private static String known(final String value, final List<String> all, final String other) {
        for (final String one : value.split(",\\s*")) {
            if (!all.contains(one) && !one.equals(other)) {
                throw new IllegalArgumentException("\"" + one + "\" is none of " + String.join(", ", all));
            }
        }
        return value;
    }

    private void step(final String text) {
        final String[] first = text.split("\\s+", 2);
        switch (first[0]) {
            case "repeat" -> beginRepeat(text);
            case "end" -> current.endRepeat();
            case "where" -> current.add(new Step.Where(line, Condition.parse(rest(first, "a condition"))));
            default -> {
                final Matcher time = TIME.matcher(first[0]);
                if (time.matches()) {
                    current.at(time(time));
                    timed(rest(first, "something that happens"));
                } else {
                    timed(text);
                }
            }
        }
    }

    private void timed(final String text) {
        final String[] words = text.split("\\s+", 2);
        switch (words[0]) {
            case "in>" -> arrival(Side.INSIDE, rest(words, "a packet"));
            case "out>" -> arrival(Side.OUTSIDE, rest(words, "a packet"));
            case ">in" -> departure(Side.INSIDE, rest(words, "a packet"));
            case ">out" -> departure(Side.OUTSIDE, rest(words, "a packet"));
            case "start" -> current.add(new Step.Start(line, current.time()));
            case "quiet" -> current.add(new Step.Quiet(line, current.time()));
            case "count" -> {
                final String[] count = rest(words, "a counter and its value").split("\\s+");
                if (count.length != 2) {
                    throw new IllegalArgumentException("\"count\" takes a counter and its value");
                }
                current.add(new Step.Count(line, current.time(), count[0], Term.parse(count[1])));
            }
            case "drops" -> current.add(new Step.Drops(line, current.time(), reasons(rest(words, "reasons, or none"))));
            default -> throw new IllegalArgumentException(
                "\"" + words[0] + "\" is none of in>, out>, >in, >out, start, quiet, count, drops, where, repeat, end");
        }
    }

    private void arrival(final Side side, final String text) {
        final Step.Time time = current.time().orElseThrow();
        if (time.earliestNs() != time.latestNs()) {
            throw new IllegalArgumentException("a packet arrives at one moment, not within a range");
        }
        final Labelled packet = labelled(text);
        current.add(new Step.Arrival(line, current.time(), side, packet.spec, packet.label));
    }

    private void departure(final Side side, final String text) {
        final Labelled packet = labelled(text);
        current.add(new Step.Departure(line, current.time(), side, packet.spec, packet.label));
    }

    /** A label is the last word and does not stand in braces. */
    private static Labelled labelled(final String text) {
        final int space = text.lastIndexOf(' ');
        if (space > 0 && text.charAt(space + 1) == '@') {
            return new Labelled(PacketParser.parse(text.substring(0, space)), Optional.of(text.substring(space + 2)));
        }
        return new Labelled(PacketParser.parse(text), Optional.empty());
    }

    private static Map<String, Term> reasons(final String text) {
        final Map<String, Term> reasons = new LinkedHashMap<>();
        if (!"none".equals(text)) {
            for (final String one : text.split(",\\s*")) {
                final String[] words = one.split("\\s+");
                if (words.length != 2) {
                    throw new IllegalArgumentException("\"" + one + "\" is not a reason and a number");
                }
                reasons.put(words[0], Term.parse(words[1]));
            }
        }
        return reasons;
    }

    private void beginRepeat(final String text) {
        final Matcher repeat = REPEAT.matcher(text);
        if (!repeat.matches()) {
            throw new IllegalArgumentException("\"" + text + "\" is not like \"repeat $i in 1..9\" or \"repeat $i in 1..9 every 0.010\"");
        }
        current.beginRepeat(new Repetition(line, repeat.group(1), Term.parse(repeat.group(2)), Term.parse(repeat.group(3)),
            repeat.group(4) == null ? 0 : nanoseconds(repeat.group(4)), new ArrayList<>()));
    }

    private static String rest(final String[] words, final String what) {
        if (words.length < 2) {
            throw new IllegalArgumentException("the line ends where " + what + " is expected");
        }
        return words[1];
    }

    private static Step.Time time(final Matcher time) {
        final long earliestNs = nanoseconds(time.group(1));
        final long latestNs = time.group(2) == null ? earliestNs : nanoseconds(time.group(2));
        if (latestNs < earliestNs) {
            throw new IllegalArgumentException("\"" + time.group() + "\" ends before it begins");
        }
        return new Step.Time(earliestNs, latestNs);
    }

    private static long nanoseconds(final String seconds) {
        return new BigDecimal(seconds).movePointRight(9).longValueExact();
    }

    private void endCase() {
        if (current != null) {
            cases.add(current.build());
        }
        current = null;
    }

    /** A packet and what it is called. */
    private record Labelled(PacketSpec spec, Optional<String> label) {
    }

    /** A repeat that has not ended. */
    private record Repetition(int line, String variable, Term first, Term last, long everyNs, List<Step> steps) {
    }

    /** A case that is being read. */
    private static final class CaseBuilder {

        private final String name;
        private final int line;
        private final Map<String, String> config;
        private final List<Step> steps = new ArrayList<>();
        private final Deque<Repetition> open = new ArrayDeque<>();
        private Optional<Step.Time> time = Optional.empty();
        private boolean isTimeKnown = true;

        CaseBuilder(final String name, final int line, final Map<String, String> fileConfig) {
            this.name = name;
            this.line = line;
            this.config = new LinkedHashMap<>(fileConfig);
        }

        void at(final Step.Time next) {
            if (open.isEmpty() && time.isPresent() && next.earliestNs() < time.get().earliestNs()) {
                throw new IllegalArgumentException("time goes back");
            }
            time = Optional.of(next);
            isTimeKnown = true;
        }

        Optional<Step.Time> time() {
            if (time.isEmpty() || !isTimeKnown) {
                throw new IllegalArgumentException("the time is missing");
            }
            return time;
        }

        void add(final Step step) {
            (open.isEmpty() ? steps : open.peek().steps).add(step);
        }

        void beginRepeat(final Repetition repetition) {
            open.push(repetition);
            isTimeKnown = false;
        }

        void endRepeat() {
            if (open.isEmpty()) {
                throw new IllegalArgumentException("nothing is open that \"end\" could end");
            }
            final Repetition done = open.pop();
            if (done.steps.isEmpty()) {
                throw new IllegalArgumentException("the repeat of line " + done.line + " holds nothing");
            }
            add(new Step.Repeat(done.line, done.variable, done.first, done.last, done.everyNs, List.copyOf(done.steps)));
            isTimeKnown = false;
        }

        Scenario.Case build() {
            if (!open.isEmpty()) {
                throw new IllegalArgumentException("the repeat of line " + open.peek().line + " has no \"end\"");
            }
            if (steps.isEmpty()) {
                throw new IllegalArgumentException("nothing happens in the case of line " + line);
            }
            final String mapping = config.remove("mapping");
            final String filtering = config.remove("filtering");
            return new Scenario.Case(name, line,
                mapping == null ? MAPPINGS : "profile".equals(mapping) ? List.of() : List.of(mapping.split(",\\s*")),
                filtering == null ? FILTERINGS : List.of(filtering.split(",\\s*")), Map.copyOf(config), List.copyOf(steps));
        }
    }
}
