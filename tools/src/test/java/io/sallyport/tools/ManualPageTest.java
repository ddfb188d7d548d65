package io.sallyport.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

class ManualPageTest {

    private final String page = ManualPage.text();

    @Test
    void every_command_has_its_part_with_every_option_and_its_example() {
        for (final CommandLine command : Sallyport.commandLine("").getSubcommands().values()) {
            final CommandSpec spec = command.getCommandSpec();
            final String title = ".SS sallyport " + spec.name() + "\n";
            assertTrue(page.contains(title), title);
            final int start = page.indexOf(title) + title.length();
            final String part = page.substring(start, Math.min(end(".SS ", start), end(".SH ", start)));
            for (final OptionSpec option : spec.options()) {
                assertEquals(!option.hidden() && !option.inherited(),
                    part.contains("\\fB" + option.longestName().replace("-", "\\-") + "\\fR"), spec.name() + " " + option.longestName());
            }
            assertTrue(part.contains(".nf\n  sallyport " + spec.name()), spec.name() + " has an example");
        }
    }

    @Test
    void no_line_of_text_is_taken_for_a_request() {
        final List<String> known = List.of(".TH", ".SH", ".SS", ".PP", ".TP", ".B", ".I", ".BR", ".nf", ".fi");
        page.lines().filter(line -> line.startsWith(".")).forEach(line -> assertTrue(known.contains(line.split(" ")[0]), line));
        assertFalse(page.contains("\n\n"), "an empty line");
        assertFalse(page.contains("${"), "a variable that was not replaced");
    }

    private int end(final String mark, final int start) {
        final int at = page.indexOf("\n" + mark, start);
        return at < 0 ? page.length() : at;
    }
}
