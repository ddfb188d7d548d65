package io.sallyport.tools.command;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A time as a user writes it, down to a minute, a second or a part of one. It means all of that: 14:03:07 is from there until 14:03:08.
 *
 * @param from  its first moment
 * @param until the first moment after it
 */
record Moment(Instant from, Instant until) {

    private static final Pattern EPOCH = Pattern.compile("@?([0-9]{9,11})(?:\\.([0-9]{1,9}))?");
    private static final Pattern TIME = Pattern.compile(
        "(?:([0-9]{4}-[0-9]{2}-[0-9]{2})(?:T|t| +))?([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)? *(.*)");

    /**
     * Reads {@code 2026-11-28T14:03:07.5Z} and the like: the zone may be left out, then it is the user's; the date may be left out, then
     * it is today, or yesterday if that time is still to come; seconds may be left out. Seconds since 1970 are understood, too.
     *
     * @param now  when that is asked
     * @param zone the user's
     * @throws IllegalArgumentException with half a sentence for the user
     */
    static Moment parse(final String text, final Instant now, final ZoneId zone) {
        if (text.equals("now")) {
            return new Moment(now, now.plusNanos(1));
        }
        final Matcher epoch = EPOCH.matcher(text);
        if (epoch.matches()) {
            return of(Instant.ofEpochSecond(Long.parseLong(epoch.group(1))), epoch.group(2));
        }
        final Matcher time = TIME.matcher(text.strip());
        try {
            if (time.matches()) {
                return of(time, now, zone);
            }
        } catch (final DateTimeException notTime) {
            throw new IllegalArgumentException(complaint(text), notTime);
        }
        throw new IllegalArgumentException(complaint(text));
    }

    private static Moment of(final Matcher time, final Instant now, final ZoneId usersZone) {
        final ZoneId zone = time.group(6).isEmpty() ? usersZone : zone(time.group(6));
        final boolean hasSecond = time.group(4) != null;
        final LocalTime clock = LocalTime.of(Integer.parseInt(time.group(2)), Integer.parseInt(time.group(3)),
            hasSecond ? Integer.parseInt(time.group(4)) : 0);
        final ZonedDateTime begin;
        if (time.group(1) == null) {
            final ZonedDateTime today = LocalDateTime.of(LocalDate.ofInstant(now, zone), clock).atZone(zone);
            begin = today.toInstant().isAfter(now) ? today.minusDays(1) : today;
        } else {
            begin = LocalDateTime.of(LocalDate.parse(time.group(1)), clock).atZone(zone);
        }
        return hasSecond ? of(begin.toInstant(), time.group(5)) : new Moment(begin.toInstant(), begin.toInstant().plusSeconds(60));
    }

    private static Moment of(final Instant second, final String fraction) {
        if (fraction == null) {
            return new Moment(second, second.plusSeconds(1));
        }
        final Instant from = second.plusNanos(Long.parseLong((fraction + "00000000").substring(0, 9)));
        return new Moment(from, from.plus(Duration.ofSeconds(1).dividedBy((long) Math.pow(10, fraction.length()))));
    }

    private static ZoneId zone(final String text) {
        return switch (text.toUpperCase(Locale.ROOT)) {
            case "Z", "UTC", "GMT" -> ZoneOffset.UTC;
            default -> ZoneId.of(text);
        };
    }

    private static String complaint(final String text) {
        return "\"" + Failures.oneLine(text) + "\" is not a time, like 2026-11-28T14:03:07Z, \"2026-11-28 14:03:07\" or 14:03:07";
    }
}
