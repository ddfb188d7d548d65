package io.sallyport.tools;

import io.sallyport.tools.command.Version;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * The manual page, sallyport(8), made of what the commands say of themselves: what {@code --help} shows is what the page says. The build
 * of the image and the package (tools/src/dist/build) prints it into a file.
 */
public final class ManualPage {

    /** What the command line does not know of itself, in roff. */
    private static final String REST = """
        .SH SIGNALS
        .B sallyport run
        stops on SIGTERM and SIGINT, exit status 0, and leaves its connections to the next start.
        SIGHUP has it read its configuration again.
        .SH EXIT STATUS
        .TP
        0
        done
        .TP
        1
        failed at run time: an interface vanished, no permission
        .TP
        2
        bad arguments or configuration
        .TP
        3
        no such running gateway
        .SH ENVIRONMENT
        .TP
        .B SALLYPORT_VERBOSE
        When set, everything is logged, and unexpected errors show their stack trace.
        .SH FILES
        .TP
        .I /etc/sallyport/NAME.yaml
        The configuration that the service
        .B sallyport@NAME
        runs with.
        .TP
        .I /dev/shm/sallyport/NAME/cnc.dat
        The running gateway's counters and errors, and the way for commands to it.
        .TP
        .I /dev/shm/sallyport/NAME/connections-*.dat
        Its connections. A gateway that starts goes on with those that it finds here.
        .TP
        .I /usr/share/doc/sallyport
        Configuration reference, operating guide, counters.
        .SH SEE ALSO
        .BR nft (8),
        .BR ip (8),
        .BR systemctl (1)
        """;

    private final StringBuilder page = new StringBuilder();

    private ManualPage() {
    }

    /** Prints the page on standard output. */
    public static void main(final String[] arguments) {
        new PrintStream(System.out, true, StandardCharsets.UTF_8).print(text());
    }

    /** The page in roff, for man(7). */
    static String text() {
        final ManualPage manual = new ManualPage();
        final CommandSpec program = Sallyport.commandLine("").getCommandSpec();
        manual.head(program);
        program.subcommands().values().stream().map(CommandLine::getCommandSpec)
            .filter(command -> !command.usageMessage().hidden()).forEach(manual::command);
        return manual.page.append(REST).toString();
    }

    private void head(final CommandSpec program) {
        final String name = program.name();
        page.append(".TH ").append(name.toUpperCase(Locale.ROOT)).append(" 8 \"\" \"").append(name).append(' ')
            .append(Version.current()).append("\"\n");
        section("NAME");
        line(name + " - " + withoutStop(one(program.usageMessage().description())));
        section("SYNOPSIS");
        page.append(".B ").append(name).append("\n.I COMMAND\n[OPTION ...]\n");
        section("OPTIONS OF EVERY COMMAND");
        program.options().stream().filter(option -> !option.hidden()).forEach(this::option);
        section("COMMANDS");
    }

    private void command(final CommandSpec command) {
        page.append(".SS ").append(escaped(command.qualifiedName()));
        command.positionalParameters().stream().filter(parameter -> !parameter.hidden())
            .forEach(parameter -> page.append(' ').append(escaped(parameter.paramLabel())));
        page.append('\n');
        paragraph(command.usageMessage().header());
        paragraph(command.usageMessage().description());
        command.positionalParameters().stream().filter(parameter -> !parameter.hidden()).forEach(this::parameter);
        command.options().stream().filter(option -> !option.hidden() && !option.inherited()).forEach(this::option);
        example(List.of(command.usageMessage().footer()));
    }

    private void option(final OptionSpec option) {
        final String label = option.arity().max() == 0 ? "" : " \\fI" + escaped(option.paramLabel()) + "\\fR";
        tagged(List.of(option.names()).stream().map(name -> "\\fB" + escaped(name) + "\\fR").collect(Collectors.joining(", ")) + label,
            option);
    }

    private void parameter(final PositionalParamSpec parameter) {
        tagged("\\fI" + escaped(parameter.paramLabel()) + "\\fR", parameter);
    }

    private void tagged(final String tag, final ArgSpec argument) {
        page.append(".TP\n").append(tag).append('\n');
        line(one(argument.description()));
    }

    /** The lines behind "Example:" as they are. */
    private void example(final List<String> footer) {
        final List<String> lines = footer.stream().filter(text -> text.startsWith("  ")).toList();
        if (!lines.isEmpty()) {
            page.append(".PP\n").append(lines.size() == 1 ? "Example:" : "Examples:").append("\n.PP\n.nf\n");
            lines.forEach(this::line);
            page.append(".fi\n");
        }
    }

    private void paragraph(final String[] lines) {
        for (final String text : lines) {
            if (!text.isBlank()) {
                page.append(".PP\n");
                line(text);
            }
        }
    }

    private void section(final String title) {
        page.append(".SH ").append(title).append('\n');
    }

    /** A line of text that roff takes for nothing else. */
    private void line(final String text) {
        final String escaped = escaped(text);
        page.append(escaped.startsWith(".") || escaped.startsWith("'") ? "\\&" : "").append(escaped).append('\n');
    }

    private static String one(final String[] lines) {
        return String.join(" ", lines).strip();
    }

    private static String withoutStop(final String sentence) {
        return sentence.endsWith(".") ? sentence.substring(0, sentence.length() - 1) : sentence;
    }

    private static String escaped(final String text) {
        return CommandLine.Help.Ansi.OFF.string(text).replace("\\", "\\e").replace("-", "\\-");
    }
}
