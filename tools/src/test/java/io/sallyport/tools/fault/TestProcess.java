package io.sallyport.tools.fault;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Starts {@link TestRun} for one kind of tests, with a fault in front of the class path or without.
 *
 * <p>Tests that are red without any fault do not count: which these are is found out before the first fault is tried. How long the tests
 * take without a fault says how long one may take, too: a fault may loop for ever.
 */
final class TestProcess {

    private static final long LEAST_LIMIT_NS = TimeUnit.SECONDS.toNanos(60);
    private static final int LIMIT_FACTOR = 5;
    /** What pom.xml gives surefire (jvm.flags); the rest is for a short life. */
    private static final List<String> FLAGS = List.of("--add-opens", "java.base/jdk.internal.misc=ALL-UNNAMED",
        "--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto");

    private final Path module;
    private final String classPath;
    private final Path work;
    private final List<String> steps;
    private final List<String> redAnyway = new ArrayList<>();
    private long limitNs = TimeUnit.MINUTES.toNanos(10);

    /**
     * For the tests of a module.
     *
     * @param module    where they run
     * @param classPath of these tests
     * @param work      a directory for what the process prints
     * @param steps     all of them, for {@link TestRun}
     */
    TestProcess(final Path module, final String classPath, final Path work, final List<String> steps) throws IOException {
        this.module = module;
        this.classPath = classPath;
        this.work = work;
        this.steps = List.copyOf(steps);
        Files.write(known(), List.of());
    }

    /** Runs all of them without a fault; gives the descriptions of those that are red. */
    List<String> baseline() throws IOException, InterruptedException {
        final long startNs = System.nanoTime();
        final int exitCode = start(classPath, "all", steps);
        if (exitCode != 0 && exitCode != TestRun.RED) {
            throw new IOException("the tests do not run without a fault: see " + output());
        }
        limitNs = Math.max(LEAST_LIMIT_NS, LIMIT_FACTOR * (System.nanoTime() - startNs));
        final List<String[]> reds = reds();
        redAnyway.addAll(reds.stream().map(red -> red[2]).toList());
        Files.write(known(), reds.stream().map(red -> red[1]).toList());
        return List.copyOf(redAnyway);
    }

    /** Runs some of them with the classes of a fault in front; gives what saw it, or null. */
    String seenBy(final Path overlay, final List<String> first) throws IOException, InterruptedException {
        final List<String> ordered = new ArrayList<>(first);
        steps.stream().filter(step -> !first.contains(step)).forEach(ordered::add);
        final int exitCode = start(overlay + ":" + classPath, "first", ordered);
        return switch (exitCode) {
            case 0 -> null;
            case TestRun.RED -> reds().getFirst()[2];
            case -1 -> "(did not end within " + TimeUnit.NANOSECONDS.toSeconds(limitNs) + " s)";
            default -> "(the process died with exit code " + exitCode + ")";
        };
    }

    private int start(final String path, final String mode, final List<String> tests) throws IOException, InterruptedException {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(FLAGS);
        // jqwik would try again what failed the last time, here and in the next build
        Files.deleteIfExists(work.resolve("jqwik"));
        command.addAll(List.of("-Djqwik.database=" + work.resolve("jqwik"), "-cp", path));
        command.addAll(List.of(TestRun.class.getName(), known().toString(), mode));
        command.addAll(tests);
        final Process process = new ProcessBuilder(command).directory(module.toFile())
            .redirectErrorStream(true)
            .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null"))).redirectOutput(output().toFile()).start();
        try {
            return process.waitFor(limitNs, TimeUnit.NANOSECONDS) ? process.exitValue() : -1;
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly().waitFor();
        }
    }

    /** The lines about red tests, taken apart: mark, key, description. */
    private List<String[]> reds() throws IOException {
        return Files.readAllLines(output()).stream().filter(line -> line.startsWith(TestRun.RED_MARK))
            .map(line -> line.split("\t", 3)).toList();
    }

    private Path known() {
        return work.resolve(module.getFileName() + ".red");
    }

    private Path output() {
        return work.resolve(module.getFileName() + ".log");
    }
}
