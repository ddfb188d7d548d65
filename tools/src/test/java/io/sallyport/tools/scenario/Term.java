package io.sallyport.tools.scenario;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * A value as a scenario writes it: {@code 5000}, {@code 0x1f}, {@code 10.77.0.2}, {@code $p}, {@code $p[$i]}, {@code 5000+2*$i} or
 * {@code any}. No spaces.
 */
sealed interface Term {

    /** Any value at all, in an expected packet. */
    Term ANY = new Any();

    /** The value, if all its variables are bound. */
    OptionalLong value(Variables variables);

    /** The variable that this term is, alone, if it is one that can be bound: its index is known. */
    default Optional<String> variable(final Variables variables) {
        return Optional.empty();
    }

    /** A number. */
    static Term of(final long value) {
        return new Literal(value);
    }

    /**
     * Reads a term.
     *
     * @throws IllegalArgumentException with half a sentence
     */
    static Term parse(final String text) {
        if ("any".equals(text)) {
            return ANY;
        }
        final TermParser parser = new TermParser(text);
        return parser.whole();
    }

    /** Matches everything. */
    record Any() implements Term {
        @Override
        public OptionalLong value(final Variables variables) {
            return OptionalLong.empty();
        }
    }

    /** A number. */
    record Literal(long number) implements Term {
        @Override
        public OptionalLong value(final Variables variables) {
            return OptionalLong.of(number);
        }
    }

    /** A variable, with an index or without. */
    record Variable(String name, Optional<Term> index) implements Term {
        @Override
        public OptionalLong value(final Variables variables) {
            final Optional<Long> bound = variable(variables).flatMap(variables::get);
            return bound.isPresent() ? OptionalLong.of(bound.get()) : OptionalLong.empty();
        }

        @Override
        public Optional<String> variable(final Variables variables) {
            if (index.isEmpty()) {
                return Optional.of(name);
            }
            final OptionalLong at = index.get().value(variables);
            return at.isPresent() ? Optional.of(name + "[" + at.getAsLong() + "]") : Optional.empty();
        }
    }

    /** Two terms and what is between them. */
    record Calculation(Term left, char operator, Term right) implements Term {
        @Override
        public OptionalLong value(final Variables variables) {
            final OptionalLong a = left.value(variables);
            final OptionalLong b = right.value(variables);
            if (a.isEmpty() || b.isEmpty()) {
                return OptionalLong.empty();
            }
            return OptionalLong.of(switch (operator) {
                case '+' -> a.getAsLong() + b.getAsLong();
                case '-' -> a.getAsLong() - b.getAsLong();
                default -> a.getAsLong() * b.getAsLong();
            });
        }
    }
}
