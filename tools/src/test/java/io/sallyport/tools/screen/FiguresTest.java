package io.sallyport.tools.screen;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FiguresTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"0|0", "0.25|0.3", "7|7", "7.04|7.0", "99.94|99.9", "100|100", "9999|9,999", "10000|10.0 k",
        "12345|12.3 k", "999499|999 k", "999500|1.00 M", "98700000|98.7 M", "1e12|1.00 T"})
    void scaled_figures(final double value, final String text) {
        assertEquals(text, Figures.scaled(value));
    }

    @ParameterizedTest
    @CsvSource({"0, 0s", "59, 59s", "60, 1m 0s", "3599, 59m 59s", "7440, 2h 4m", "90000, 1d 1h"})
    void durations(final long seconds, final String text) {
        assertEquals(text, Figures.duration(seconds));
    }

    @ParameterizedTest
    @CsvSource({"1, 4, 25.0 %", "0, 0, -", "5, 0, -"})
    void percentages(final long part, final long whole, final String text) {
        assertEquals(text, Figures.percent(part, whole));
    }

    @Test
    void short_times_have_three_digits() {
        assertEquals("0 ns", Figures.shortTime(0));
        assertEquals("640 ns", Figures.shortTime(640));
        assertEquals("1.00 µs", Figures.shortTime(1_000));
        assertEquals("12.3 µs", Figures.shortTime(12_345));
        assertEquals("1.00 ms", Figures.shortTime(999_600));
        assertEquals("17.2 s", Figures.shortTime(17_179_869_183L));
    }
}
