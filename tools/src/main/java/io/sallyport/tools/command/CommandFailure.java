package io.sallyport.tools.command;

import java.util.List;

/** A command cannot do what it was asked: the exit code, and one line per error for the user. */
public final class CommandFailure extends RuntimeException {

    /** Failed at run time: interface vanished, no permission. */
    public static final int FAILED = 1;
    /** Bad arguments or configuration. */
    public static final int BAD_CONFIGURATION = 2;
    /** No such running gateway. */
    public static final int NO_GATEWAY = 3;

    private static final long serialVersionUID = 1L;

    private final int exitCode;

    /** One line for the user. */
    public CommandFailure(final int exitCode, final String line) {
        super(line);
        this.exitCode = exitCode;
    }

    /** One line for the user, with the cause for a developer. */
    public CommandFailure(final int exitCode, final String line, final Throwable cause) {
        super(line, cause);
        this.exitCode = exitCode;
    }

    /** One line per error. */
    public CommandFailure(final int exitCode, final List<String> lines) {
        this(exitCode, String.join("\n", lines));
    }

    int exitCode() {
        return exitCode;
    }

    List<String> lines() {
        return getMessage().lines().toList();
    }
}
