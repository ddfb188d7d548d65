package io.sallyport.counter;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** {@code docs/counters.md} is made from the enums; {@code mvn test -Dtest=CountersDocumentTest -Dsallyport.regenerate=true} writes it. */
class CountersDocumentTest {

    private static final Path DOCUMENT = Path.of("..", "docs", "counters.md");

    @Test
    void theDocumentSaysWhatTheEnumsSay() throws IOException {
        if (Boolean.getBoolean("sallyport.regenerate")) {
            Files.writeString(DOCUMENT, document());
        }
        assertEquals(document(), Files.readString(DOCUMENT));
    }

    private static String document() {
        final StringBuilder text = new StringBuilder("""
            # What the gateway counts

            Made from the enums `Counter` and `DropReason` of `io.sallyport.counter` by `CountersDocumentTest`; do not edit.
            `sallyport counters` shows all of it for a running gateway.

            Every packet that comes in is accounted for: `packets_in_from_source` + `packets_in_from_destination` =
            `packets_out_to_destination` + `packets_out_to_source` + `consumed` + `held` + all drops. *Source* is the inside,
            *destination* the outside. A total only grows, a gauge goes up and down.

            | counter | kind | counts |
            | --- | --- | --- |
            """);
        for (final Counter counter : Counter.values()) {
            text.append("| `%s` | %s | %s |%n".formatted(
                counter.label(), counter.kind().name().toLowerCase(Locale.ROOT), counter.explanation()));
        }
        text.append("""

            ## Why packets are dropped

            In the order of a packet's way through the gateway.

            | reason | because |
            | --- | --- |
            """);
        for (final DropReason reason : DropReason.values()) {
            text.append("| `%s` | %s |%n".formatted(reason.label(), reason.explanation()));
        }
        return text.toString();
    }
}
