package io.sallyport.tools.demo;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Shows the gateway at work between hosts that exist only for that. */
@Command(
    name = "demo",
    header = "Shows the gateway at work on real traffic.",
    description = {
        "Makes two hosts out of network namespaces, runs the gateway between them, sends real traffic through it, and shows what "
            + "happened. Everything is removed at the end, also when it is interrupted.",
        "Needs root, or a system that lets anyone make user namespaces."},
    footer = {"", "Example:", "  sallyport demo --backend pcap --threading inline"})
public final class DemoCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Option(names = "--backend", paramLabel = "NAME", defaultValue = "packet",
        description = "How packets come and go: packet or pcap (default: ${DEFAULT-VALUE}).")
    private String backend;

    @Option(names = "--threading", paramLabel = "NAME", defaultValue = "pipeline",
        description = "How the stages share threads: pipeline or inline (default: ${DEFAULT-VALUE}).")
    private String threading;

    @Option(names = "--sandboxed", hidden = true)
    private boolean sandboxed;

    @Override
    public Integer call() throws IOException, InterruptedException {
        final PrintWriter out = spec.commandLine().getOut();
        final Ansi ansi = spec.commandLine().getColorScheme().ansi();
        if (sandboxed) {
            endWithStandardInput();
            return new Demo(new Screen(out, ansi, System.out.charset()), backend, threading).run() ? 0 : 1;
        }
        final Optional<Sandbox> sandbox = Sandbox.find();
        if (sandbox.isEmpty()) {
            spec.commandLine().getErr().println("sallyport: demo needs root, or user namespaces, and the programs unshare, mount and ip "
                + "(packages util-linux, mount, iproute2); without them, try: sallyport replay --config docs/sample/sample.yaml "
                + "--inside docs/sample/inside.pcap --outside docs/sample/outside.pcap --to-inside /tmp/to-inside.pcap "
                + "--to-outside /tmp/to-outside.pcap");
            return 1;
        }
        final List<String> words = new ArrayList<>(Self.java());
        words.addAll(List.of("-Dpicocli.ansi=" + ansi.enabled(), "-Dstdout.encoding=" + System.out.charset().name(), "-jar",
            Self.classPath(), "demo", "--sandboxed", "--backend", backend, "--threading", threading));
        return sandbox.get().run(words);
    }

    /** The process outside holds the other end of standard input: when that is gone, so is the reason to go on. */
    private static void endWithStandardInput() {
        Thread.ofPlatform().daemon().name("standard input").start(() -> {
            try {
                while (System.in.read() >= 0) {
                    continue;
                }
            } catch (final IOException e) {
                // gone as well
            }
            System.exit(130);
        });
    }
}
