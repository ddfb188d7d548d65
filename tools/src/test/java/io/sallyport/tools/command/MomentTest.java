package io.sallyport.tools.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MomentTest {

    private static final Instant NOW = Instant.parse("2026-11-28T14:30:00Z");
    private static final ZoneId ZONE = ZoneId.of("Europe/Berlin");

    private static Moment parse(final String text) {
        return Moment.parse(text, NOW, ZONE);
    }

    @ParameterizedTest
    @CsvSource({
        "2026-11-28T14:03:07Z, 2026-11-28T14:03:07Z, 1000000",
        "2026-11-28t14:03:07z, 2026-11-28T14:03:07Z, 1000000",
        "2026-11-28 14:03:07 UTC, 2026-11-28T14:03:07Z, 1000000",
        "2026-11-28T14:03:07+02:00, 2026-11-28T12:03:07Z, 1000000",
        "2026-11-28 14:03:07, 2026-11-28T13:03:07Z, 1000000",
        "2026-06-28 14:03:07, 2026-06-28T12:03:07Z, 1000000",
        "2026-11-28T14:03, 2026-11-28T13:03:00Z, 60000000",
        "2026-11-28T14:03:07.5Z, 2026-11-28T14:03:07.5Z, 100000",
        "'2026-11-28T14:03:07,125Z', 2026-11-28T14:03:07.125Z, 1000",
        "2026-11-28 14:03:07.000001 Z, 2026-11-28T14:03:07.000001Z, 1",
        "14:03:07, 2026-11-28T13:03:07Z, 1000000",
        "9:03, 2026-11-28T08:03:00Z, 60000000",
        "15:30:01, 2026-11-27T14:30:01Z, 1000000",
        "14:03:07Z, 2026-11-28T14:03:07Z, 1000000",
        "1764338587, 2025-11-28T14:03:07Z, 1000000",
        "@1764338587.25, 2025-11-28T14:03:07.25Z, 10000"})
    void times(final String text, final Instant from, final long lengthMicros) {
        assertEquals(new Moment(from, from.plusNanos(lengthMicros * 1_000)), parse(text));
    }

    @Test
    void now() {
        assertEquals(Duration.ofNanos(1), Duration.between(parse("now").from(), parse("now").until()));
        assertEquals(NOW, parse("now").from());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "noon", "25:00", "14:60", "2026-13-01 10:00", "2026-02-30T10:00:00Z", "14:03:07 Mars", "2026-11-28", "5"})
    void texts_that_are_no_times(final String text) {
        final String message = assertThrows(IllegalArgumentException.class, () -> parse(text)).getMessage();
        assertTrue(message.startsWith("\"" + text + "\" is not a time, like "), message);
    }
}
