package io.sallyport.tools.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * {@code docs/rfc-compliance.md} has every row of the check-lists, and what it names is there. {@code mvn test
 * -Dtest=ComplianceDocumentTest -Dsallyport.regenerate=true} brings the line numbers of its links up to date.
 */
class ComplianceDocumentTest {

    private static final Path DOCUMENT = Path.of("..", "docs", "rfc-compliance.md");
    private static final Pattern ROW = Pattern.compile("\\| ([^| ]+) \\| ([^|]+) \\| ([^|]+) \\|(.*)\\|(.*)\\|");
    private static final Pattern LINK = Pattern.compile("\\[([^\\]]+)\\]\\(([^)#]+)(?:#L(\\d+))?\\)");
    private static final Pattern STATE = Pattern.compile("(done|partly|not done|declined|not applicable)\\b.*");
    /** What a declaration begins with: at the indentation of a member, modifiers and a type. */
    private static final String DECLARATION =
        "^(?: {4}| {8})(?!return |throw |new |else )(?:[a-z]+ )*(?:[\\w<>\\[\\],.?]+ )+%s\\(.*";

    private static Set<String> checkLists() {
        final Set<String> rows = new LinkedHashSet<>();
        IntStream.rangeClosed(1, 14).forEach(id -> rows.add("4787-" + id));
        IntStream.rangeClosed(1, 10).forEach(id -> rows.add("5382-" + id));
        IntStream.rangeClosed(1, 11).forEach(id -> rows.add("5508-" + id));
        Stream.of("2.1", "2.2", "3", "4", "5", "6.1", "6.2", "7", "8", "9", "10", "11").forEach(id -> rows.add("7857-" + id));
        IntStream.rangeClosed(1, 15).forEach(id -> rows.add("6888-" + id));
        Stream.of("5.2.2", "5.3.1", "4.3.2.7", "4.3.2.8", "4.3.2.3", "4.3.2.4").forEach(id -> rows.add("1812-" + id));
        rows.add("1191");
        Stream.of("5.2.7.1", "5.3.4", "5.3.5", "5.3.7", "5.3.8").forEach(id -> rows.add("1812-" + id));
        rows.addAll(List.of("3927", "1112"));
        Stream.of("4.2.2.1", "4.3.3.6", "4.3.3.2", "3.3.2").forEach(id -> rows.add("1812-" + id));
        rows.addAll(List.of("5227", "2474", "1624", "7766"));
        return rows;
    }

    private static List<MatchResult> rows(final String document) {
        return ROW.matcher(document).results().filter(row -> !"id".equals(row.group(1)) && !"---".equals(row.group(1))).toList();
    }

    private static List<MatchResult> links(final String cell) {
        return LINK.matcher(cell).results().toList();
    }

    private static Path target(final MatchResult link) {
        return DOCUMENT.resolveSibling(link.group(2)).normalize();
    }

    @Test
    void every_row_of_the_check_lists_is_there_once_and_in_order() throws IOException {
        final List<String> ids = rows(Files.readString(DOCUMENT)).stream().map(row -> row.group(1)).toList();
        assertEquals(List.copyOf(checkLists()), ids.stream().limit(checkLists().size()).toList());
        assertEquals(ids.size(), Set.copyOf(ids).size(), "a row is there twice");
    }

    @Test
    void every_row_has_a_state_and_what_is_done_is_shown() throws IOException {
        final List<String> problems = new ArrayList<>();
        for (final MatchResult row : rows(Files.readString(DOCUMENT))) {
            final Matcher state = STATE.matcher(row.group(3).strip());
            if (!state.matches()) {
                problems.add(row.group(1) + ": \"" + row.group(3) + "\" is no state");
            } else if (List.of("done", "partly").contains(state.group(1))) {
                if (links(row.group(4)).isEmpty() || links(row.group(5)).isEmpty()) {
                    problems.add(row.group(1) + ": nothing shows it, or no source does it");
                }
            }
            if (state.matches() && !"done".equals(state.group(1)) && !row.group(3).contains(":")) {
                problems.add(row.group(1) + ": the reason is missing");
            }
        }
        assertEquals(List.of(), problems);
    }

    @Test
    void every_test_is_there() throws IOException {
        final List<String> problems = new ArrayList<>();
        for (final MatchResult row : rows(Files.readString(DOCUMENT))) {
            for (final MatchResult link : links(row.group(4))) {
                testProblem(link).ifPresent(problem -> problems.add(row.group(1) + ": " + problem));
            }
        }
        assertEquals(List.of(), problems);
    }

    private static Optional<String> testProblem(final MatchResult link) throws IOException {
        final Path file = target(link);
        final String name = link.group(1);
        if (!Files.exists(file)) {
            return Optional.of(name + ": no such file: " + link.group(2));
        }
        final int hash = name.indexOf('#');
        final String expected = hash < 0 ? name + ".scenario" : name.substring(0, hash) + ".java";
        if (!file.getFileName().toString().equals(expected)) {
            return Optional.of(name + ": leads to " + file.getFileName());
        }
        final boolean isThere = hash < 0
            || Pattern.compile("void " + name.substring(hash + 1) + "\\(").matcher(Files.readString(file)).find();
        return isThere ? Optional.empty() : Optional.of(name + ": no such test");
    }

    @Test
    void every_scenario_has_its_row() throws IOException {
        final String document = Files.readString(DOCUMENT);
        final Set<String> missing = ScenarioTest.files().stream().map(file -> file.getFileName().toString())
            .filter(file -> !document.contains("(scenarios/" + file + ")")).collect(Collectors.toCollection(TreeSet::new));
        assertEquals(Set.of(), missing);
    }

    @Test
    void every_source_link_points_at_what_it_names() throws IOException {
        final String document = Files.readString(DOCUMENT);
        final List<String> problems = new ArrayList<>();
        final String linked = LINK.matcher(document).replaceAll(link -> Matcher.quoteReplacement(relinked(link, problems)));
        assertEquals(List.of(), problems);
        if (Boolean.getBoolean("sallyport.regenerate")) {
            Files.writeString(DOCUMENT, linked);
        } else {
            final Set<String> stale = anchors(document);
            stale.removeAll(anchors(linked));
            assertEquals(Set.of(), stale, "-Dsallyport.regenerate=true brings the line numbers up to date");
        }
    }

    private static Set<String> anchors(final String document) {
        return links(document).stream().filter(link -> link.group(3) != null).map(link -> link.group(1) + " at line " + link.group(3))
            .collect(Collectors.toCollection(TreeSet::new));
    }

    /** A link with the line at which its member is declared. */
    private static String relinked(final MatchResult link, final List<String> problems) {
        final boolean isSource = link.group(2).endsWith(".java") && link.group(1).matches("\\w+\\.\\w+");
        if (!isSource) {
            return link.group();
        }
        try {
            return "[" + link.group(1) + "](" + link.group(2) + "#L" + line(target(link), link.group(1)) + ")";
        } catch (final IOException | IllegalArgumentException problem) {
            problems.add(link.group(1) + ": " + problem.getMessage());
            return link.group();
        }
    }

    private static int line(final Path file, final String anchor) throws IOException {
        final String[] names = anchor.split("\\.");
        if (!file.getFileName().toString().equals(names[0] + ".java")) {
            throw new IllegalArgumentException("leads to " + file.getFileName());
        }
        return line(Files.readAllLines(file), names[1]);
    }

    private static int line(final List<String> source, final String member) {
        final Pattern declaration = Pattern.compile(DECLARATION.formatted(Pattern.quote(member)));
        for (int i = 0; i < source.size(); i++) {
            if (declaration.matcher(source.get(i)).matches()) {
                return i + 1;
            }
        }
        throw new IllegalArgumentException("nothing of this name is declared there");
    }

    @Test
    void declarations_are_told_from_calls() {
        final List<String> source = List.of(
            "    void first() {", "        second(1);", "        return second(2);", "        final int x = second(3);",
            "        if (second(4)) {", "    private static <T> List<T> second(final int a) {", "        int third(", "    }");
        assertEquals(1, line(source, "first"));
        assertEquals(6, line(source, "second"));
        assertEquals(7, line(source, "third"));
        assertThrows(IllegalArgumentException.class, () -> line(source, "fourth"));
        assertTrue(STATE.matcher("not done: later").matches());
    }
}
