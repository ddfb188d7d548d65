package io.sallyport.config;

import java.util.Locale;

/** Enum constants as the words of the YAML file. */
final class ConfigText {

    private ConfigText() {
    }

    /** {@code ENDPOINT_DEPENDENT} as {@code endpoint-dependent}. */
    static String of(final Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
