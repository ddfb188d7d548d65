package io.sallyport.tools.demo;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** This program, to be started again as another process: the same Java with the same flags, the same jar. */
final class Self {

    private Self() {
    }

    /** The words that run a command of this program. */
    static List<String> command(final String... arguments) {
        final List<String> words = java();
        words.addAll(List.of("-jar", classPath()));
        words.addAll(List.of(arguments));
        return words;
    }

    /** Java with the flags of this process. */
    static List<String> java() {
        final ProcessHandle.Info info = ProcessHandle.current().info();
        final List<String> words = new ArrayList<>();
        words.add(info.command().orElse(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        final Optional<String[]> arguments = info.arguments();
        if (arguments.isPresent()) {
            for (final String argument : arguments.get()) {
                if (!argument.startsWith("-X")) {
                    break;
                }
                words.add(argument);
            }
        }
        return words;
    }

    /** The jar that this class came from. */
    static String classPath() {
        try {
            return Path.of(Self.class.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
        } catch (final URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
