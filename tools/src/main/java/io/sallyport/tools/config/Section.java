package io.sallyport.tools.config;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * One mapping of a configuration file, read by its keys. Reading never fails: what is wrong goes to the {@link Problems}, and the
 * caller gets the value to go on with. Each key is read at most once, so an error is told once.
 */
final class Section {

    private static final Set<Tag> SCALAR_TAGS = Set.of(Tag.STR, Tag.INT, Tag.FLOAT, Tag.BOOL, Tag.NULL);

    private final String path;
    private final Problems problems;
    private final OptionalInt itemLine;
    private final Map<String, Node> values = new LinkedHashMap<>();
    private boolean whole = true;

    private Section(final String path, final Problems problems, final OptionalInt itemLine) {
        this.path = path;
        this.problems = problems;
        this.itemLine = itemLine;
    }

    /** The whole file; {@code node} is null for an empty one. */
    static Section root(final Node node, final Problems problems, final Collection<String> knownKeys) {
        final Section root = new Section("", problems, OptionalInt.empty());
        root.fill(node, knownKeys);
        return root;
    }

    /** Whether every required key was there and understood. */
    boolean isWhole() {
        return whole;
    }

    /** The value of {@code key}, or {@code fallback} when it is not there or not understood. */
    <T> T read(final String key, final T fallback, final Function<String, T> parser) {
        final Node node = values.get(key);
        return node == null ? fallback : parse(pathOf(key), node, parser).orElse(fallback);
    }

    /** The value of {@code key}, or null when it is not there or not understood, of which the section takes note. */
    <T> T require(final String key, final Function<String, T> parser) {
        final Node node = values.get(key);
        if (node == null) {
            problems.add(pathOf(key), "is missing");
        }
        final T value = node == null ? null : parse(pathOf(key), node, parser).orElse(null);
        whole &= value != null;
        return value;
    }

    /** The mapping under {@code key}; an empty one when it is not there or has no value. */
    Section section(final String key, final Collection<String> knownKeys) {
        final Section section = new Section(pathOf(key), problems, itemLine);
        section.fill(values.get(key), knownKeys);
        return section;
    }

    /** The single values of the list under {@code key} that were understood; empty when the key is not there. */
    <T> Optional<List<T>> list(final String key, final Function<String, T> parser) {
        return items(key, (itemPath, node) -> parse(itemPath, node, parser));
    }

    /** The mappings of the list under {@code key} that were understood. */
    <T> List<T> sections(final String key, final Collection<String> knownKeys, final Function<Section, Optional<T>> reader) {
        return items(key, (itemPath, node) -> {
            final Section item = new Section(itemPath, problems, OptionalInt.of(lineOf(node)));
            return item.fill(node, knownKeys) ? reader.apply(item) : Optional.<T>empty();
        }).orElse(List.of());
    }

    /** Adds a problem of one of the section's keys. */
    void problem(final String key, final String message) {
        problems.add(pathOf(key), message);
    }

    /** Reads one item of a list. */
    @FunctionalInterface
    private interface ItemReader<T> {
        Optional<T> read(String itemPath, Node node);
    }

    private <T> Optional<List<T>> items(final String key, final ItemReader<T> reader) {
        final Node node = values.get(key);
        if (node == null) {
            return Optional.empty();
        }
        if (!(node instanceof final SequenceNode sequence)) {
            problems.add(pathOf(key), "is " + kindOf(node) + ", and must be a list, like [ a, b ]");
            return Optional.empty();
        }
        final List<T> items = new ArrayList<>();
        for (int number = 0; number < sequence.getValue().size(); number++) {
            final Node item = sequence.getValue().get(number);
            final String itemPath = pathOf(key) + "[" + number + "]";
            problems.place(itemPath, lineOf(item));
            final Optional<T> value = reader.read(itemPath, item);
            if (value.isPresent()) {
                problems.understood(pathOf(key), number);
                items.add(value.get());
            }
        }
        return Optional.of(items);
    }

    private <T> Optional<T> parse(final String valuePath, final Node node, final Function<String, T> parser) {
        if (!(node instanceof final ScalarNode scalar) || scalar.getTag().equals(Tag.NULL) && scalar.isPlain()) {
            problems.add(valuePath, "is " + kindOf(node) + ", and must be a single value");
            return Optional.empty();
        }
        if (!SCALAR_TAGS.contains(scalar.getTag())) {
            problems.add(valuePath, "carries a tag, " + Scalars.quoted(scalar.getTag().getValue()) + ", which means nothing here");
            return Optional.empty();
        }
        try {
            return Optional.of(parser.apply(scalar.getValue()));
        } catch (final IllegalArgumentException notUnderstood) {
            problems.add(valuePath, notUnderstood.getMessage());
            return Optional.empty();
        }
    }

    /** Takes over the mapping's values; says what is wrong with its keys. */
    private boolean fill(final Node node, final Collection<String> knownKeys) {
        if (node == null || node instanceof ScalarNode && node.getTag().equals(Tag.NULL)) {
            return itemLine.isEmpty() || complain(node);
        }
        if (!(node instanceof final MappingNode mapping)) {
            return complain(node);
        }
        for (final NodeTuple entry : mapping.getValue()) {
            final int line = itemLine.orElse(lineOf(entry.getKeyNode()));
            if (!(entry.getKeyNode() instanceof final ScalarNode keyNode)) {
                problems.add(line, path, "a key is " + kindOf(entry.getKeyNode()) + ", and must be a word");
                continue;
            }
            final String key = keyNode.getValue();
            if (!knownKeys.contains(key)) {
                problems.add(line, pathOf(shortened(key)), "unknown key" + suggestion(key, knownKeys));
            } else if (values.putIfAbsent(key, entry.getValueNode()) != null) {
                problems.add(line, pathOf(key), "is there twice");
            } else {
                problems.place(pathOf(key), line);
            }
        }
        return true;
    }

    private boolean complain(final Node node) {
        problems.add(path, "is " + kindOf(node) + ", and must be a mapping, like { key: value }");
        whole = false;
        return false;
    }

    private String pathOf(final String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    private static int lineOf(final Node node) {
        return node.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
    }

    private static String kindOf(final Node node) {
        return switch (node) {
            case final MappingNode mapping -> "a mapping";
            case final SequenceNode sequence -> "a list";
            case final ScalarNode scalar when scalar.getTag().equals(Tag.NULL) && scalar.isPlain() -> "empty";
            case null, default -> "a single value";
        };
    }

    private static String shortened(final String key) {
        final String quoted = Scalars.quoted(key);
        return quoted.length() == key.length() + 2 ? key : quoted;
    }

    private static String suggestion(final String key, final Collection<String> knownKeys) {
        return knownKeys.stream().filter(known -> key.length() < 64 && distance(key, known) <= 2).findFirst()
            .map(known -> "; did you mean \"" + known + "\"?").orElse("");
    }

    /** Number of letters to add, remove or replace until both words are the same (Levenshtein). */
    private static int distance(final String from, final String to) {
        int[] row = IntStream.rangeClosed(0, to.length()).toArray();
        for (int i = 1; i <= from.length(); i++) {
            final int[] next = new int[row.length];
            next[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                final int replaced = row[j - 1] + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                next[j] = Math.min(replaced, 1 + Math.min(row[j], next[j - 1]));
            }
            row = next;
        }
        return row[to.length()];
    }
}
