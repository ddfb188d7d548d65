package io.sallyport.tools.scenario;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads {@link Term}s: sums of products. */
final class TermParser {

    private static final Pattern NUMBER = Pattern.compile("0x[0-9a-fA-F]+|\\d+\\.\\d+\\.\\d+\\.\\d+|\\d+");
    private static final Pattern NAME = Pattern.compile("\\$([a-z][a-z0-9]*)");

    private final String text;
    private int at;

    TermParser(final String text) {
        this.text = text;
    }

    Term whole() {
        final Term term = sum();
        if (at < text.length()) {
            throw problem();
        }
        return term;
    }

    private Term sum() {
        Term term = product();
        while (at < text.length() && (text.charAt(at) == '+' || text.charAt(at) == '-')) {
            final char operator = text.charAt(at++);
            term = new Term.Calculation(term, operator, product());
        }
        return term;
    }

    private Term product() {
        Term term = atom();
        while (at < text.length() && text.charAt(at) == '*') {
            at++;
            term = new Term.Calculation(term, '*', atom());
        }
        return term;
    }

    private Term atom() {
        final Matcher name = NAME.matcher(text).region(at, text.length());
        if (name.lookingAt()) {
            at = name.end();
            return new Term.Variable(name.group(1), index());
        }
        final Matcher number = NUMBER.matcher(text).region(at, text.length());
        if (!number.lookingAt()) {
            throw problem();
        }
        at = number.end();
        return new Term.Literal(number(number.group()));
    }

    private Optional<Term> index() {
        if (at == text.length() || text.charAt(at) != '[') {
            return Optional.empty();
        }
        at++;
        final Term index = sum();
        if (at == text.length() || text.charAt(at) != ']') {
            throw problem();
        }
        at++;
        return Optional.of(index);
    }

    private long number(final String digits) {
        if (digits.startsWith("0x")) {
            return Long.parseUnsignedLong(digits.substring(2), 16);
        }
        if (digits.indexOf('.') < 0) {
            return Long.parseLong(digits);
        }
        long address = 0;
        for (final String part : digits.split("\\.")) {
            if (part.length() > 3 || Integer.parseInt(part) > 255) {
                throw new IllegalArgumentException("\"" + digits + "\" is not an address");
            }
            address = address << 8 | Integer.parseInt(part);
        }
        return address;
    }

    private IllegalArgumentException problem() {
        return new IllegalArgumentException("\"" + text + "\" is neither a number, an address nor a variable like $p or $p[$i]");
    }
}
