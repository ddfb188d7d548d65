package io.sallyport.tools;

import io.sallyport.tools.command.CheckCommand;
import io.sallyport.tools.command.ConnectionsCommand;
import io.sallyport.tools.command.CountersCommand;
import io.sallyport.tools.command.DrainCommand;
import io.sallyport.tools.command.Failures;
import io.sallyport.tools.command.ForegroundGateway;
import io.sallyport.tools.command.ReloadCommand;
import io.sallyport.tools.command.ReplayCommand;
import io.sallyport.tools.command.RunCommand;
import io.sallyport.tools.command.StatusCommand;
import io.sallyport.tools.command.StopCommand;
import io.sallyport.tools.command.TopCommand;
import io.sallyport.tools.command.TraceCommand;
import io.sallyport.tools.command.Version;
import io.sallyport.tools.command.VersionCommand;
import io.sallyport.tools.command.WhoCommand;
import io.sallyport.tools.demo.DemoCommand;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The program. */
@Command(
    name = "sallyport",
    description = "A NAT gateway in user space.",
    synopsisSubcommandLabel = "COMMAND",
    versionProvider = Version.class,
    footer = {
        "",
        "Examples:",
        "  sallyport demo",
        "  sallyport check --config edge.yaml",
        "  sallyport COMMAND --help",
    })
public final class Sallyport implements Runnable {

    /** The commands, in the order of the help. */
    private static final Map<String, Supplier<Object>> COMMANDS = commands();

    @Spec
    private CommandSpec spec;

    @Option(names = {"-h", "--help"}, usageHelp = true, scope = ScopeType.INHERIT, description = "Show this help and exit.")
    private boolean help;

    @Option(names = "--version", versionHelp = true, description = "Show the version and exit.")
    private boolean version;

    @Option(names = "--verbose", scope = ScopeType.INHERIT, description = "Show the stack trace of an unexpected error.")
    private boolean verbose;

    /** Runs the program and ends the process with its exit code. */
    public static void main(final String[] arguments) {
        System.exit(execute(new PrintWriter(System.out, true), new PrintWriter(System.err, true), arguments));
    }

    /**
     * Runs one command.
     *
     * @return the exit code: 0 done, 1 failed at run time, 2 bad arguments or configuration, 3 no such running gateway
     */
    public static int execute(final PrintWriter out, final PrintWriter err, final String... arguments) {
        if (arguments.length == 3 && "run".equals(arguments[0]) && "--config".equals(arguments[1]) && isPlain(arguments[2])) {
            return runAtOnce(out, err, arguments[2]);
        }
        final CommandLine commandLine = commandLine(arguments.length == 0 ? "" : arguments[0]);
        // the packet of a trace may come from a file, named like that
        commandLine.setExpandAtFiles(!List.of(arguments).contains("trace"));
        commandLine.setOut(out).setErr(err).setCaseInsensitiveEnumValuesAllowed(true);
        commandLine.setParameterExceptionHandler(Failures::badArguments);
        commandLine.setExecutionExceptionHandler((failure, failed, parsed) -> Failures.failed(failure, failed));
        try {
            return commandLine.execute(arguments);
        } catch (final OutOfMemoryError | StackOverflowError fatal) {
            return Failures.failed(fatal, commandLine);
        } finally {
            out.flush();
            err.flush();
        }
    }

    /**
     * {@code run --config FILE}, as service managers write it: a gateway that is down must not wait for the parser of all command lines,
     * which takes 0.1 s to load. Every other spelling goes through the parser, and to the same code.
     */
    private static int runAtOnce(final PrintWriter out, final PrintWriter err, final String configFile) {
        try {
            ForegroundGateway.run(Path.of(configFile), out);
            return 0;
        } catch (final RuntimeException | Error failure) {
            return Failures.failed(failure, err);
        } finally {
            out.flush();
            err.flush();
        }
    }

    /** Whether the parser would take {@code word} as it stands, neither as an option nor as the name of a file of arguments. */
    private static boolean isPlain(final String word) {
        return !word.startsWith("-") && !word.startsWith("@");
    }

    /** The parser for a command line that begins with {@code word}; if that is a command, it knows that one only, and is made faster. */
    static CommandLine commandLine(final String word) {
        final CommandLine commandLine = new CommandLine(new Sallyport());
        COMMANDS.forEach((name, command) -> {
            if (name.equals(word) || !COMMANDS.containsKey(word)) {
                commandLine.addSubcommand(name, command.get());
            }
        });
        return commandLine;
    }

    private static Map<String, Supplier<Object>> commands() {
        final Map<String, Supplier<Object>> commands = new LinkedHashMap<>();
        commands.put("demo", DemoCommand::new);
        commands.put("run", RunCommand::new);
        commands.put("check", CheckCommand::new);
        commands.put("replay", ReplayCommand::new);
        commands.put("status", StatusCommand::new);
        commands.put("connections", ConnectionsCommand::new);
        commands.put("counters", CountersCommand::new);
        commands.put("top", TopCommand::new);
        commands.put("trace", TraceCommand::new);
        commands.put("reload", ReloadCommand::new);
        commands.put("drain", DrainCommand::new);
        commands.put("who", WhoCommand::new);
        commands.put("stop", StopCommand::new);
        commands.put("version", VersionCommand::new);
        return commands;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "which command?");
    }
}
