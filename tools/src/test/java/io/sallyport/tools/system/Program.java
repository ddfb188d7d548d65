package io.sallyport.tools.system;

import io.sallyport.tools.demo.Command;
import io.sallyport.tools.demo.Namespace;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The program as a user has it: {@code tools/bin/sallyport}. */
final class Program {

    /** The project's directory; Maven runs tests in that of the module. */
    static final Path ROOT = Path.of(System.getProperty("basedir", "")).toAbsolutePath().getParent();

    /** The jar, for programs of this project that are not commands. */
    static final String CLASS_PATH = ROOT.resolve("tools/target/sallyport.jar").toString();

    private static final Duration LIMIT = Duration.ofSeconds(30);

    private Program() {
    }

    /** Whether this is root. */
    static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    /** The words that run a command. */
    static List<String> words(final String... arguments) {
        final List<String> words = new ArrayList<>(List.of(ROOT.resolve("tools/bin/sallyport").toString()));
        words.addAll(List.of(arguments));
        return words;
    }

    /** Runs a command in this process's namespace. */
    static Command.Result run(final String... arguments) {
        return Command.run(LIMIT, words(arguments));
    }

    /** Runs a command in a namespace. */
    static Command.Result runIn(final Namespace namespace, final String... arguments) {
        return Command.run(LIMIT, namespace.command(words(arguments)));
    }
}
