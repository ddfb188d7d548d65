package io.sallyport.tools.screen;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.Map;

/** JSON for programs that read what the commands print. */
public final class Json {

    private Json() {
    }

    /** The object on several lines, keys in the map's order. */
    public static String print(final Map<String, ?> object) {
        try {
            return JSON.std.with(JSON.Feature.PRETTY_PRINT_OUTPUT).asString(object);
        } catch (final IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    /** The object on one line. */
    public static String line(final Map<String, ?> object) {
        try {
            return JSON.std.asString(object);
        } catch (final IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    /** {@code PORTS_IN_USE} or {@code ports-in-use} as {@code portsInUse}. */
    public static String camelCase(final String words) {
        final StringBuilder name = new StringBuilder();
        for (final String word : words.toLowerCase(Locale.ROOT).split("[_-]")) {
            name.append(name.isEmpty() ? word : Character.toUpperCase(word.charAt(0)) + word.substring(1));
        }
        return name.toString();
    }
}
