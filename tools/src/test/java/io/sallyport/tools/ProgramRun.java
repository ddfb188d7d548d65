package io.sallyport.tools;

import java.io.PrintWriter;
import java.io.StringWriter;

/**
 * What the program did when it was called within this process.
 *
 * @param exitCode its exit code
 * @param out      what it printed on stdout
 * @param err      what it printed on stderr
 */
public record ProgramRun(int exitCode, String out, String err) {

    /** Calls the program. */
    public static ProgramRun of(final String... arguments) {
        final StringWriter out = new StringWriter();
        final StringWriter err = new StringWriter();
        final int exitCode = Sallyport.execute(new PrintWriter(out), new PrintWriter(err), arguments);
        return new ProgramRun(exitCode, out.toString(), err.toString());
    }
}
