package io.sallyport.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.counter.Counter;
import io.sallyport.counter.DropReason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code docs/operating.md} speaks of messages, counters and reasons that there are. */
class OperatingGuideTest {

    private static final Path ROOT = Path.of("..");
    private static final Pattern CODE = Pattern.compile("`([^`]+)`");
    private static final Pattern REASON = Pattern.compile("reasons? (`[a-z-]+`(?:(?:, | or )`[a-z-]+`)*)");
    private static final Pattern JOINED = Pattern.compile("\"\\s*\\+\\s*\"");
    private static final int SHORTEST_FRAGMENT = 6;

    private final String guide;
    private final String sources;

    OperatingGuideTest() throws IOException {
        guide = Files.readString(ROOT.resolve("docs/operating.md"));
        try (Stream<Path> files = Stream.of("nat-core", "io-pcap", "tools").flatMap(OperatingGuideTest::sourcesOf)) {
            sources = files.map(OperatingGuideTest::text).collect(Collectors.joining("\n"));
        }
    }

    @Test
    void every_message_is_one_of_the_programs() {
        final String table = guide.substring(guide.indexOf("| message |"));
        final List<String> messages = table.lines().filter(line -> line.startsWith("| `"))
            .flatMap(line -> codes(line.split(" \\| ")[0])).toList();
        assertTrue(messages.size() > 10, messages::toString);
        for (final String message : messages) {
            Arrays.stream(message.split("[…;:\"]")).map(String::strip).filter(fragment -> fragment.length() >= SHORTEST_FRAGMENT)
                .forEach(fragment -> assertTrue(sources.contains(fragment), () -> "nothing says: " + fragment));
        }
    }

    @Test
    void every_counter_and_reason_is_one() {
        final Set<String> known = new TreeSet<>();
        Arrays.stream(DropReason.values()).map(DropReason::label).forEach(known::add);
        final Set<String> told = REASON.matcher(guide).results().flatMap(match -> codes(match.group(1)))
            .collect(Collectors.toCollection(TreeSet::new));
        assertTrue(told.size() > 10, told::toString);
        assertEquals(Set.of(), told.stream().filter(reason -> !known.contains(reason)).collect(Collectors.toSet()));
        final Set<String> counters = Arrays.stream(Counter.values()).map(Counter::label).collect(Collectors.toSet());
        codes(guide).filter(code -> code.matches("(packets|receive|idle|ports|port|active|held|own)_[a-z_]+"))
            .filter(code -> !code.equals("ports_in_use")).forEach(code -> assertTrue(counters.contains(code), code));
    }

    private static Stream<String> codes(final String text) {
        return CODE.matcher(text).results().map(MatchResult::group).map(code -> code.substring(1, code.length() - 1));
    }

    private static Stream<Path> sourcesOf(final String module) {
        try {
            return Files.walk(ROOT.resolve(module).resolve("src/main/java")).filter(file -> file.toString().endsWith(".java"));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String text(final Path file) {
        try {
            return JOINED.matcher(Files.readString(file)).replaceAll("");
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
