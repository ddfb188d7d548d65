package io.sallyport.tools.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.tools.demo.BackgroundProcess;
import io.sallyport.tools.demo.Command;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The demo works, says so, and leaves nothing behind. */
@Privileged
class DemoSystemTest {

    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final Duration END_LIMIT = Duration.ofSeconds(10);

    private Set<Long> processesBefore;
    private List<String> namespacesBefore;

    @BeforeEach
    void remember() {
        processesBefore = demos().map(ProcessHandle::pid).collect(Collectors.toSet());
        namespacesBefore = namespaces();
    }

    @AfterEach
    void nothing_stays_behind() {
        demos().filter(process -> !processesBefore.contains(process.pid()))
            .forEach(process -> process.onExit().orTimeout(END_LIMIT.toSeconds(), TimeUnit.SECONDS).join());
        assertEquals(namespacesBefore, namespaces());
    }

    @ParameterizedTest
    @MethodSource("io.sallyport.tools.system.Variant#allWithXdpInline")
    void demo_shows_that_all_is_well(final Variant variant) {
        final Command.Result result = Command.run(LIMIT,
            Program.words("demo", "--backend", variant.backend(), "--threading", variant.threading()));
        assertEquals(0, result.exitCode(), result::toString);
        for (final String words : List.of("ready inside l0, outside w0", "200 of 200 answered", "SHA-256 as sent", "198.51.100.1:",
                "no answer at all", "p99.9", "exit code 0", "All went as it must")) {
            assertTrue(result.out().contains(words), () -> words + " is missing: " + result);
        }
        assertEquals("", result.err());
    }

    @Test
    void demo_without_root_works_or_says_what_it_needs() {
        final List<String> words = new ArrayList<>(List.of("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"));
        words.addAll(Program.words("demo"));
        final Command.Result result = Command.run(LIMIT, words);
        if (result.exitCode() == 0) {
            assertTrue(result.out().contains("All went as it must"), result::toString);
        } else {
            assertEquals(1, result.err().lines().count(), result::toString);
            assertTrue(result.err().startsWith("sallyport: ") && result.err().contains("replay"), result::toString);
        }
    }

    @Test
    void demo_that_is_interrupted_clears_up() {
        try (BackgroundProcess demo = BackgroundProcess.start(Program.words("demo"))) {
            demo.awaitLineContaining("ready inside", LIMIT);
            demo.stop();
        }
    }

    @Test
    void demo_that_is_killed_clears_up() {
        try (BackgroundProcess demo = BackgroundProcess.start(Program.words("demo"))) {
            demo.awaitLineContaining("ready inside", LIMIT);
            demo.kill();
        }
    }

    private static Stream<ProcessHandle> demos() {
        return ProcessHandle.allProcesses()
            .filter(process -> process.info().commandLine().orElse("").contains(Program.CLASS_PATH + " demo"));
    }

    /** Those of demos: other users of the machine come and go as they like. */
    private static List<String> namespaces() {
        return Command.run(LIMIT, "ip", "netns", "list").orThrow().out().lines().filter(name -> name.startsWith("sp-demo")).toList();
    }
}
