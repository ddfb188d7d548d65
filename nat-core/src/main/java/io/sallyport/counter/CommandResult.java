package io.sallyport.counter;

import java.util.List;

/**
 * What became of a command.
 *
 * @param outcome whether it was done
 * @param lines   what there is to say about it, a line each
 */
public record CommandResult(Outcome outcome, List<String> lines) {

    /** Copies the list. */
    public CommandResult {
        lines = List.copyOf(lines);
    }

    /** A command that was done. */
    public static CommandResult done(final List<String> lines) {
        return new CommandResult(Outcome.DONE, lines);
    }

    /** Whether it was done. */
    public enum Outcome {
        /** It was done. */
        DONE,
        /** What it asks for cannot be: nothing has changed. */
        REFUSED,
        /** It could be, and was not done. */
        FAILED
    }
}
