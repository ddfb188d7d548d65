package io.sallyport.tools.command;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns what went wrong into the lines and the exit code of the program. */
public final class Failures {

    private static final String PREFIX = "sallyport: ";
    private static final String VERBOSE = "--verbose";

    private Failures() {
    }

    /** One line and exit code 2. */
    public static int badArguments(final ParameterException mistake, final String[] arguments) {
        final CommandLine command = mistake.getCommandLine();
        command.getErr().println(PREFIX + messageOf(mistake) + "; see " + command.getCommandSpec().qualifiedName() + " --help");
        return CommandFailure.BAD_CONFIGURATION;
    }

    /** A line per error and the exit code that the failure names; a bug names itself as one. */
    public static int failed(final Throwable failure, final CommandLine command) {
        return failed(failure, command.getErr(), isVerbose(command));
    }

    /** The same, where no parser was needed. */
    public static int failed(final Throwable failure, final PrintWriter err) {
        return failed(failure, err, isVerbose());
    }

    private static int failed(final Throwable failure, final PrintWriter err, final boolean verbose) {
        if (failure instanceof final CommandFailure expected) {
            expected.lines().forEach(line -> err.println(PREFIX + line));
            return expected.exitCode();
        }
        err.println(PREFIX + "unexpected error, please report it: " + oneLine(failure.toString())
            + (verbose ? "" : " (" + VERBOSE + " shows where)"));
        if (verbose) {
            failure.printStackTrace(err);
        }
        return CommandFailure.FAILED;
    }

    /** The message without line breaks. */
    public static String oneLine(final String message) {
        return String.valueOf(message).strip().replaceAll("\\s*[\\r\\n]+\\s*", ", ");
    }

    /** What a file system refused, in half a sentence; its exceptions often have the path as their only message. */
    public static String describe(final IOException failure) {
        return oneLine(switch (failure) {
            case final NoSuchFileException missing -> missing.getFile() + ": no such file";
            case final AccessDeniedException denied -> denied.getFile() + ": no permission";
            case final FileAlreadyExistsException exists -> exists.getFile() + ": exists already";
            case final FileSystemException other when other.getReason() != null -> other.getFile() + ": " + other.getReason();
            default -> failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
        });
    }

    private static String messageOf(final ParameterException mistake) {
        // A slip in an option's name shows as a missing option first, and as an unknown one only then.
        final List<String> unknown = mistake instanceof final UnmatchedArgumentException unmatched
            ? unmatched.getUnmatched() : mistake.getCommandLine().getUnmatchedArguments();
        if (!unknown.isEmpty()) {
            final String argument = unknown.getFirst();
            final boolean atRoot = mistake.getCommandLine().getParent() == null;
            final String kind = argument.startsWith("-") ? "unknown option " : atRoot ? "unknown command " : "unexpected argument ";
            // A short word is close to too many others: "tip" is not a slip of "stop".
            final List<String> suggestions = argument.length() < 4 ? List.of()
                : new UnmatchedArgumentException(mistake.getCommandLine(), List.of(argument)).getSuggestions();
            return kind + "\"" + oneLine(argument) + "\"" + (suggestions.isEmpty() ? "" : "; did you mean " + suggestions.getFirst() + "?");
        }
        final String message = oneLine(mistake.getMessage());
        return message.isEmpty() ? message : Character.toLowerCase(message.charAt(0)) + message.substring(1);
    }

    private static boolean isVerbose(final CommandLine command) {
        CommandLine root = command;
        while (root.getParent() != null) {
            root = root.getParent();
        }
        return isVerbose()
            || command.getParseResult() != null && command.getParseResult().hasMatchedOption(VERBOSE)
            || root.getParseResult() != null && root.getParseResult().hasMatchedOption(VERBOSE);
    }

    /** Whether the environment asks for details. */
    private static boolean isVerbose() {
        return System.getenv("SALLYPORT_VERBOSE") != null;
    }
}
