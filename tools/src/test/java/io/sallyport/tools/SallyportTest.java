package io.sallyport.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SallyportTest {

    @TempDir
    private Path directory;

    private String out;
    private String err;

    private int run(final String... arguments) {
        final ProgramRun run = ProgramRun.of(arguments);
        out = run.out();
        err = run.err();
        return run.exitCode();
    }

    static Stream<String> commands() {
        return Sallyport.commandLine("").getSubcommands().keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("commands")
    void every_command_has_help_with_an_example(final String command) {
        assertEquals(0, run(command, "--help"));
        assertTrue(out.contains("Usage: sallyport " + command), out);
        assertTrue(out.contains("Example:\n  sallyport " + command), out);
        assertTrue(out.lines().allMatch(line -> line.length() <= 80), out);
        assertEquals("", err);
    }

    @Test
    void help_lists_every_command() {
        assertEquals(0, run("--help"));
        commands().forEach(command -> assertTrue(out.contains("  " + command + " "), command));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "tip", "nonsense", "check", "check --config", "check --nonsense", "check --config a --config b",
        "version surplus", "--nonsense", "version --jsno"})
    void bad_arguments_are_one_line_and_exit_code_2(final String arguments) {
        assertEquals(2, run(arguments.isEmpty() ? new String[0] : arguments.split(" ")));
        assertEquals("", out);
        assertEquals(1, err.lines().count(), err);
        assertTrue(err.startsWith("sallyport: "), err);
        assertTrue(err.endsWith(" --help\n"), err);
    }

    /** The shortest spelling of run passes the parser by; nothing else may tell. */
    @ParameterizedTest
    @ValueSource(strings = {"nowhere.yaml", "--nonsense", "-h", "@nowhere", "@@nowhere"})
    void run_says_the_same_with_and_without_the_parser(final String file) {
        final int exitCode = run("run", "--config", file);
        final String errors = err;
        final ProgramRun parsed = ProgramRun.of("--verbose", "run", "--config", file);
        assertEquals(parsed.exitCode(), exitCode);
        assertEquals(parsed.err(), errors);
        assertEquals(parsed.out(), out);
        assertTrue(!errors.isEmpty() || file.equals("-h"), errors);
    }

    @Test
    void unknown_command_is_named() {
        run("tip");
        assertEquals("sallyport: unknown command \"tip\"; see sallyport --help\n", err);
    }

    @Test
    void slip_in_an_option_is_named_before_what_it_leaves_missing() {
        assertEquals(2, run("check", "--confg", "edge.yaml"));
        assertEquals("sallyport: unknown option \"--confg\"; did you mean --config?; see sallyport check --help\n", err);
    }

    @Test
    void version_names_machine_and_backends() {
        assertEquals(0, run("version"));
        assertTrue(out.lines().anyMatch(line -> line.matches("sallyport  [0-9]+\\.[0-9]+\\.[0-9]+.*")), out);
        assertTrue(out.contains(System.getProperty("java.runtime.version")), out);
        assertTrue(out.lines().anyMatch(line -> line.matches("backend    xdp     (usable|not usable: .*)")), out);
        assertEquals(0, run("version", "--json"));
        assertTrue(out.contains("\"backends\""), out);
    }

    @Test
    void check_prints_the_effective_configuration() throws IOException {
        final Path file = directory.resolve("edge.yaml");
        Files.writeString(file, "inside: { interface: l0, address: 10.77.0.1/24 }\noutside: { interface: w0, address: 198.51.100.1/24 }\n");
        assertEquals(0, run("check", "--config", file.toString()));
        assertTrue(out.contains("\n  pool: [ 198.51.100.1 ]\n"), out);
        assertEquals("", err);
    }

    @Test
    void check_prints_every_error() throws IOException {
        final Path file = directory.resolve("edge.yaml");
        Files.writeString(file, "inside: { interface: l0, address: 10.77.0.1/24 }\nnat: { ports: 70000-80000 }\n");
        assertEquals(2, run("check", "--config", file.toString()));
        assertEquals("", out);
        assertEquals(List.of(
            "sallyport: " + file + ":1: outside.interface: is missing",
            "sallyport: " + file + ":1: outside.address: is missing",
            "sallyport: " + file + ":2: nat.ports: \"70000-80000\" is not a range within 1-65535"), err.lines().toList());
    }
}
