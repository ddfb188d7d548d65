package io.sallyport.tools.command;

import io.sallyport.tools.config.ConfigPrinter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Validates a configuration file. */
@Command(
    name = "check",
    header = "Validates a configuration file.",
    description = "Prints the effective configuration, with every key, or every error that the file has.",
    footer = {"", "Example:", "  sallyport check --config edge.yaml"})
public final class CheckCommand implements Runnable {

    @Spec
    private CommandSpec spec;

    @Mixin
    private ConfigOption config;

    @Override
    public void run() {
        spec.commandLine().getOut().print(ConfigPrinter.print(config.load()));
    }
}
