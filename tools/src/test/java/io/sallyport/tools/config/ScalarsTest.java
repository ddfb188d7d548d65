package io.sallyport.tools.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sallyport.config.NatConfig.AddressRange;
import io.sallyport.config.NatConfig.PortRange;
import io.sallyport.wire.Ipv4Address;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScalarsTest {

    @ParameterizedTest
    @CsvSource({"350s, 350", "4m, 240", "2h4m, 7440", "1h, 3600", "1h1s, 3601", "1h2m3s, 3723", "0s, 0", "90m, 5400"})
    void durations(final String text, final long seconds) {
        assertEquals(TimeUnit.SECONDS.toNanos(seconds), Scalars.parseDuration(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "5", "5ms", "5 s", "-5s", "4m2h", "1s1s", "1.5h", "s", "5S", "999999999h999999999h", "9999999999s"})
    void texts_that_are_no_durations(final String text) {
        assertThrows(IllegalArgumentException.class, () -> Scalars.parseDuration(text));
    }

    @Test
    void duration_beyond_a_long_is_refused() {
        assertThrows(IllegalArgumentException.class, () -> Scalars.parseDuration("999999999h"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0s", "6s", "60s", "119s", "2m", "350s", "4m", "5m", "1h", "2h4m", "1h1m1s", "1h1s", "59m"})
    void durations_print_as_they_are_written(final String text) {
        assertEquals(text, Scalars.formatDuration(Scalars.parseDuration(text)));
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "1048576, 1048576", "1M, 1048576", "64k, 65536", "2147483647, 2147483647"})
    void counts(final String text, final int count) {
        assertEquals(count, Scalars.parseCount(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "1G", "1m", "1 M", "2147483648", "2048M", "0x10", "1e6", "1_000"})
    void texts_that_are_no_counts(final String text) {
        assertThrows(IllegalArgumentException.class, () -> Scalars.parseCount(text));
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "1k, 1024", "64M, 67108864", "3G, 3221225472", "1000, 1000"})
    void lengths(final String text, final long length) {
        assertEquals(length, Scalars.parseLength(text));
        assertEquals(text, Scalars.formatLength(length));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "0G", "-1", "1T", "1 G", "1.5G", "9999999999"})
    void texts_that_are_no_lengths(final String text) {
        assertThrows(IllegalArgumentException.class, () -> Scalars.parseLength(text));
    }

    @Test
    void port_ranges() {
        assertEquals(new PortRange(1024, 65535), Scalars.parsePortRange("1024-65535"));
        assertEquals(new PortRange(80, 80), Scalars.parsePortRange("80"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-", "0-10", "10-", "-10", "20-10", "1-65536", "a-b", "1-2-3", "1 - 2"})
    void texts_that_are_no_port_ranges(final String text) {
        assertThrows(IllegalArgumentException.class, () -> Scalars.parsePortRange(text));
    }

    @ParameterizedTest
    @CsvSource({
        "198.51.100.1, 198.51.100.1, 198.51.100.1",
        "198.51.100.8-198.51.100.15, 198.51.100.8, 198.51.100.15",
        "198.51.100.8/29, 198.51.100.8, 198.51.100.15",
        "127.255.255.255-128.0.0.1, 127.255.255.255, 128.0.0.1"})
    void address_ranges_include_first_and_last(final String text, final String first, final String last) {
        assertEquals(new AddressRange(Ipv4Address.parse(first), Ipv4Address.parse(last)), Scalars.parseAddressRange(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "198.51.100", "198.51.100.15-198.51.100.8", "198.51.100.8/33", "198.51.100.8-", "host"})
    void texts_that_are_no_address_ranges(final String text) {
        assertThrows(IllegalArgumentException.class, () -> Scalars.parseAddressRange(text));
    }

    @Test
    void values_are_shown_on_one_short_line() {
        assertEquals("\"a\\u000ab\"", Scalars.quoted("a\nb"));
        assertEquals(63, Scalars.quoted("x".repeat(1000)).length());
    }
}
