package io.sallyport.tools.config;

import io.sallyport.config.NatConfig.AddressRange;
import io.sallyport.config.NatConfig.PortRange;
import io.sallyport.config.NatConfig.TcpMss;
import io.sallyport.wire.Ipv4Address;
import io.sallyport.wire.Ipv4Prefix;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The single values of a configuration file. Each {@code parse} throws {@link IllegalArgumentException} with half a sentence for the
 * user.
 */
final class Scalars {

    private static final Pattern DURATION = Pattern.compile("(?:([0-9]{1,9})h)?(?:([0-9]{1,9})m)?(?:([0-9]{1,9})s)?");
    private static final Pattern COUNT = Pattern.compile("([0-9]{1,10})([kM]?)");
    private static final Pattern LENGTH = Pattern.compile("([0-9]{1,9})([kMG]?)");
    private static final int SHOWN_LENGTH = 60;

    private Scalars() {
    }

    /** The value as an error message shows it: in quotes, on one line, not too long. */
    static String quoted(final String text) {
        final StringBuilder shown = new StringBuilder("\"");
        text.codePoints().limit(SHOWN_LENGTH).forEach(c -> {
            if (Character.isISOControl(c)) {
                shown.append("\\u%04x".formatted(c));
            } else {
                shown.appendCodePoint(c);
            }
        });
        return shown.append(text.codePointCount(0, text.length()) > SHOWN_LENGTH ? "…\"" : "\"").toString();
    }

    /** Hours, minutes and seconds, each at most once: {@code 350s}, {@code 4m}, {@code 2h4m}; in ns. */
    static long parseDuration(final String text) {
        final Matcher matcher = DURATION.matcher(text);
        if (text.isEmpty() || !matcher.matches()) {
            throw new IllegalArgumentException(quoted(text) + " is not a duration, like 350s, 4m or 2h4m");
        }
        final long seconds = 3600 * number(matcher.group(1)) + 60 * number(matcher.group(2)) + number(matcher.group(3));
        if (seconds > TimeUnit.NANOSECONDS.toSeconds(Long.MAX_VALUE)) {
            throw new IllegalArgumentException(quoted(text) + " is longer than 292 years");
        }
        return TimeUnit.SECONDS.toNanos(seconds);
    }

    /** Whole minutes from two on as hours and minutes, everything else below an hour in seconds. */
    static String formatDuration(final long durationNs) {
        final long seconds = TimeUnit.NANOSECONDS.toSeconds(durationNs);
        if (seconds < 120 || seconds < 3600 && seconds % 60 != 0) {
            return seconds + "s";
        }
        return part(seconds / 3600, "h") + part(seconds / 60 % 60, "m") + part(seconds % 60, "s");
    }

    /** A number of things; {@code k} stands for 1024 of them and {@code M} for 1024 k. */
    static int parseCount(final String text) {
        final Matcher matcher = COUNT.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(quoted(text) + " is not a number, like 1048576, 64k or 1M");
        }
        final long factor = switch (matcher.group(2)) {
            case "k" -> 1L << 10;
            case "M" -> 1L << 20;
            default -> 1;
        };
        final long count = Long.parseLong(matcher.group(1)) * factor;
        if (count > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(quoted(text) + " is more than " + Integer.MAX_VALUE);
        }
        return (int) count;
    }

    /** A number of bytes, at least 1; {@code k}, {@code M} and {@code G} stand for 1024 of what is before. */
    static long parseLength(final String text) {
        final Matcher matcher = LENGTH.matcher(text);
        final long factor = switch (matcher.matches() ? matcher.group(2) : "-") {
            case "" -> 1;
            case "k" -> 1L << 10;
            case "M" -> 1L << 20;
            case "G" -> 1L << 30;
            default -> 0;
        };
        final long length = factor == 0 ? 0 : Long.parseLong(matcher.group(1)) * factor;
        if (length < 1) {
            throw new IllegalArgumentException(quoted(text) + " is not a number of bytes, like 1048576, 64M or 1G");
        }
        return length;
    }

    /** The shortest way to write a number of bytes. */
    static String formatLength(final long length) {
        final int unit = Math.min(3, Long.numberOfTrailingZeros(length) / 10);
        return (length >>> unit * 10) + List.of("", "k", "M", "G").get(unit);
    }

    /** A whole number within limits. */
    static Function<String, Integer> integer(final int lowest, final int highest) {
        return text -> {
            if (!text.matches("[0-9]{1,9}") || Integer.parseInt(text) < lowest || Integer.parseInt(text) > highest) {
                throw new IllegalArgumentException(quoted(text) + " is not a number within " + lowest + "-" + highest);
            }
            return Integer.parseInt(text);
        };
    }

    static boolean parseBoolean(final String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException(quoted(text) + " is neither true nor false");
        };
    }

    /** One of an enum's constants, written in lower case with hyphens. */
    static <E extends Enum<E>> Function<String, E> word(final Class<E> type) {
        return text -> Arrays.stream(type.getEnumConstants()).filter(constant -> word(constant).equals(text)).findFirst()
            .orElseThrow(() -> new IllegalArgumentException(quoted(text) + " is none of "
                + Arrays.stream(type.getEnumConstants()).map(Scalars::word).collect(Collectors.joining(", "))));
    }

    /** An enum's constant in lower case with hyphens. */
    static String word(final Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** A port number, or two with a hyphen between. */
    static PortRange parsePortRange(final String text) {
        final int hyphen = text.indexOf('-');
        try {
            final int first = integer(1, 65535).apply(hyphen < 0 ? text : text.substring(0, hyphen));
            final int last = integer(first, 65535).apply(hyphen < 0 ? text : text.substring(hyphen + 1));
            return new PortRange(first, last);
        } catch (final IllegalArgumentException notPorts) {
            throw new IllegalArgumentException(quoted(text) + " is not a range within 1-65535", notPorts);
        }
    }

    /** An address, two with a hyphen between, or a network with all its addresses. */
    static AddressRange parseAddressRange(final String text) {
        try {
            if (text.indexOf('/') >= 0) {
                final Ipv4Prefix network = Ipv4Prefix.parse(text);
                return new AddressRange(network.first(), network.last());
            }
            final int hyphen = text.indexOf('-');
            final int first = Ipv4Address.parse(hyphen < 0 ? text : text.substring(0, hyphen));
            final int last = hyphen < 0 ? first : Ipv4Address.parse(text.substring(hyphen + 1));
            if (Integer.compareUnsigned(first, last) <= 0) {
                return new AddressRange(first, last);
            }
        } catch (final IllegalArgumentException notAddresses) {
            throw new IllegalArgumentException(addressRangeMessage(text), notAddresses);
        }
        throw new IllegalArgumentException(addressRangeMessage(text));
    }

    static String formatAddressRange(final AddressRange range) {
        return Ipv4Address.format(range.first()) + (range.first() == range.last() ? "" : "-" + Ipv4Address.format(range.last()));
    }

    /** An address and a port. */
    static Endpoint parseEndpoint(final String text) {
        final int colon = text.indexOf(':');
        try {
            if (colon >= 0) {
                return new Endpoint(Ipv4Address.parse(text.substring(0, colon)), integer(1, 65535).apply(text.substring(colon + 1)));
            }
        } catch (final IllegalArgumentException notEndpoint) {
            throw new IllegalArgumentException(quoted(text) + " is not an address and port, like 10.77.0.9:22", notEndpoint);
        }
        throw new IllegalArgumentException(quoted(text) + " is not an address and port, like 10.77.0.9:22");
    }

    static TcpMss parseTcpMss(final String text) {
        return switch (text) {
            case "off" -> TcpMss.OFF;
            case "clamp" -> new TcpMss(TcpMss.Mode.CLAMP, OptionalInt.empty());
            default -> {
                if (!text.matches("[0-9]{1,5}") || Integer.parseInt(text) < 1 || Integer.parseInt(text) > 65535) {
                    throw new IllegalArgumentException(quoted(text) + " is neither off, nor clamp, nor a number within 1-65535");
                }
                yield new TcpMss(TcpMss.Mode.FIXED, OptionalInt.of(Integer.parseInt(text)));
            }
        };
    }

    /**
     * An address and a port.
     *
     * @param address the IPv4 address
     * @param port    1 to 65535
     */
    record Endpoint(int address, int port) {
        @Override
        public String toString() {
            return Ipv4Address.format(address) + ":" + port;
        }
    }

    private static String addressRangeMessage(final String text) {
        return quoted(text) + " is not an address, a range like 198.51.100.8-198.51.100.15, or a network like 198.51.100.8/29";
    }

    private static long number(final String digits) {
        return digits == null ? 0 : Long.parseLong(digits);
    }

    private static String part(final long count, final String unit) {
        return count == 0 ? "" : count + unit;
    }
}
