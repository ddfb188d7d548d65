package io.sallyport.tools.scenario;

import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;

/**
 * What must be true of variables: {@code $p in 1024..65535}, {@code $p even}, {@code $p odd}, {@code $p = $q}, {@code $p != $q}, or
 * {@code $p[*] distinct}, of all the values that {@code $p} has with an index.
 *
 * @param text     the condition
 * @param operator what is between the operands, or behind the only one
 * @param operands the operands
 */
record Condition(String text, String operator, List<Term> operands) {

    private static final String ALL = "[*]";
    /** Values that a message shows. */
    private static final int MOST_SHOWN = 10;

    /**
     * Reads a condition.
     *
     * @throws IllegalArgumentException with half a sentence
     */
    static Condition parse(final String text) {
        final String[] words = text.split("\\s+");
        if (words.length == 2 && "distinct".equals(words[1]) && words[0].endsWith(ALL)) {
            return new Condition(text, words[1], List.of(Term.parse(words[0].substring(0, words[0].length() - ALL.length()))));
        }
        if (words.length == 2 && ("even".equals(words[1]) || "odd".equals(words[1]))) {
            return new Condition(text, words[1], List.of(Term.parse(words[0])));
        }
        if (words.length == 3 && ("=".equals(words[1]) || "!=".equals(words[1]))) {
            return new Condition(text, words[1], List.of(Term.parse(words[0]), Term.parse(words[2])));
        }
        if (words.length == 3 && "in".equals(words[1]) && words[2].contains("..")) {
            final String[] ends = words[2].split("\\.\\.(?=[0-9$])", 2);
            return new Condition(text, words[1], List.of(Term.parse(words[0]), Term.parse(ends[0]), Term.parse(ends[1])));
        }
        throw new IllegalArgumentException("\"" + text
            + "\" is no condition like \"$p in 1024..65535\", \"$p even\", \"$p odd\", \"$p = $q\", \"$p != $q\" or \"$p[*] distinct\"");
    }

    /** Whether it is true. */
    boolean holds(final Variables variables) {
        return switch (operator) {
            case "distinct" -> areDistinct(variables.family(((Term.Variable) operands.getFirst()).name()));
            case "even" -> operand(0, variables) % 2 == 0;
            case "odd" -> operand(0, variables) % 2 != 0;
            case "=" -> operand(0, variables) == operand(1, variables);
            case "!=" -> operand(0, variables) != operand(1, variables);
            default -> operand(0, variables) >= operand(1, variables) && operand(0, variables) <= operand(2, variables);
        };
    }

    /** The condition with the values of its variables, for a message. */
    String describe(final Variables variables) {
        return text + ", with " + String.join(", ", operands.stream().map(term -> describe(term, variables)).toList());
    }

    private String describe(final Term term, final Variables variables) {
        if ("distinct".equals(operator)) {
            final List<Long> values = variables.family(((Term.Variable) term).name());
            return values.subList(0, Math.min(values.size(), MOST_SHOWN)) + (values.size() > MOST_SHOWN ? " …" : "");
        }
        final OptionalLong value = term.value(variables);
        return value.isPresent() ? Long.toString(value.getAsLong()) : "one that is not known";
    }

    private long operand(final int index, final Variables variables) {
        return operands.get(index).value(variables)
            .orElseThrow(() -> new IllegalArgumentException("\"" + text + "\" has a variable that is not known yet"));
    }

    private static boolean areDistinct(final List<Long> values) {
        return values.size() > 1 && new HashSet<>(values).size() == values.size();
    }
}
