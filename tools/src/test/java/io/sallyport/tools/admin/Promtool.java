package io.sallyport.tools.admin;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** Prometheus' own tool, where it is: on the path, or where {@code tools/bin/verify} unpacks it. */
final class Promtool {

    private static final String NAME = "promtool";

    private Promtool() {
    }

    /** Runs it, and returns what it has to say: nothing when all is well. The test is skipped where it is not there. */
    static String run(final String input, final String... arguments) throws IOException {
        final List<String> words = new ArrayList<>(List.of(program().toString()));
        words.addAll(List.of(arguments));
        final Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
        try (OutputStream in = process.getOutputStream()) {
            in.write(input.getBytes(StandardCharsets.UTF_8));
        }
        final String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return process.onExit().join().exitValue() == 0 ? "" : said + "exit code " + process.exitValue();
    }

    private static Path program() {
        final Stream<Path> onPath = Stream.of(System.getenv("PATH").split(":")).map(Path::of);
        final Stream<Path> all = Stream.concat(onPath, Stream.of(Path.of("target", "unpacked", "prometheus", "usr", "bin")));
        final List<Path> found = all.map(directory -> directory.resolve(NAME)).filter(Files::isExecutable).limit(1).toList();
        Assumptions.assumeFalse(found.isEmpty(), "promtool is missing (of the package prometheus)");
        return found.getFirst();
    }
}
