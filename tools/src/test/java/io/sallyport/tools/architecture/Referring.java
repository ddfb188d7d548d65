package io.sallyport.tools.architecture;

import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Scanner;
import java.util.Timer;
import java.util.UUID;
import java.util.function.Supplier;

/** Mentions a class in every way that there is; see {@link RulesTest}. */
abstract class Referring {

    private OptionalInt field;
    private OptionalLong[][] arrayField;

    abstract Optional<String> returned(UUID parameter);

    Object literal() {
        return Scanner.class;
    }

    Object called() {
        return Locale.getDefault();
    }

    boolean asked(final Object object) {
        return object instanceof Random;
    }

    Supplier<Timer> lambda() {
        return Timer::new;
    }

    Object used() {
        return field == null ? arrayField : field;
    }
}
