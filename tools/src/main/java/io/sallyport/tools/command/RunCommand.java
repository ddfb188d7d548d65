package io.sallyport.tools.command;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Runs a gateway in the foreground. */
@Command(
    name = "run",
    header = "Runs the gateway in the foreground.",
    description = "Runs until SIGTERM, SIGINT or \"sallyport stop\". Prints one line that begins with \"ready\" on stdout once it "
        + "forwards; logs go to stderr.",
    footer = {"", "Example:", "  sallyport run --config edge.yaml"})
public final class RunCommand implements Runnable {

    @Spec
    private CommandSpec spec;

    @Mixin
    private ConfigOption configOption;

    @Override
    public void run() {
        ForegroundGateway.run(configOption.file(), spec.commandLine().getOut());
    }
}
