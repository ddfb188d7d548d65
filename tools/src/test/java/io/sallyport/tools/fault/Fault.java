package io.sallyport.tools.fault;

import java.util.List;

/**
 * One deliberate fault.
 *
 * @param id          its name, in lower case with hyphens
 * @param rows        the rows of the check-lists that it breaks; the scenarios of the first are tried first
 * @param file        the source file, below {@code nat-core/src/main/java/io/sallyport}
 * @param original    text that occurs once in that file
 * @param replacement what the fault puts in its place
 * @param broken      one sentence: what is wrong then
 */
record Fault(String id, List<String> rows, String file, String original, String replacement, String broken) {

    Fault {
        rows = List.copyOf(rows);
    }

    /**
     * Puts the fault into a source.
     *
     * @throws FaultException if the original text does not occur exactly once
     */
    String applyTo(final String source) throws FaultException {
        final int at = source.indexOf(original);
        if (at < 0) {
            throw new FaultException(id + ": " + file + " has no text \"" + original + "\"");
        }
        if (source.indexOf(original, at + 1) >= 0) {
            throw new FaultException(id + ": " + file + " has the text \"" + original + "\" more than once");
        }
        return source.substring(0, at) + replacement + source.substring(at + original.length());
    }

    /** Whether other classes may hold a copy of what the fault changes: the compiler copies constants. */
    boolean changesConstant() {
        return original.contains("static final");
    }

    /** Whether a word of the command line means this fault: its name, or a row or the beginning of one. */
    boolean matches(final String word) {
        return id.equals(word) || rows.stream().anyMatch(row -> row.equals(word) || row.startsWith(word + "_"));
    }

    /** Package of the class that the fault is in, as a part of {@code io.sallyport}. */
    String packageName() {
        return file.substring(0, file.indexOf('/'));
    }
}
