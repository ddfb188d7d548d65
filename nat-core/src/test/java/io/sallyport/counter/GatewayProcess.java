package io.sallyport.counter;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/** A process that holds a command-and-control file like a gateway: says {@code ready}, counts a packet, and prints what it is sent. */
final class GatewayProcess implements AutoCloseable {

    /** The public address of every such gateway. */
    static final int PUBLIC = 0xC633_6401;

    private static final long IDLE_NS = 1_000_000;

    private final Process process;
    private final BufferedReader output;

    private GatewayProcess(final Process process) {
        this.process = process;
        this.output = process.inputReader();
    }

    /** What the other process runs. */
    public static void main(final String[] arguments) throws IOException {
        try (CommandControlFile file = CommandControlFile.create(Path.of(arguments[0]), description("other"))) {
            file.counters(0).add(Counter.PACKETS_IN_FROM_SOURCE, 42);
            file.ready();
            System.out.println("ready");
            final boolean[] running = {true};
            while (running[0] && System.in.available() == 0) {
                file.heartbeat(System.currentTimeMillis());
                file.drainCommands((command, senderPid) -> {
                    System.out.println(command + " from " + senderPid);
                    running[0] &= command != Command.STOP;
                }, 10);
                LockSupport.parkNanos(IDLE_NS);
            }
        } catch (final IOException refused) {
            System.out.println(refused.getMessage());
        }
    }

    static Description description(final String name) {
        return new Description(1_000, List.of("ingress", "worker-0", "egress"),
            Map.of(Fact.NAME, name, Fact.INSIDE_ADDRESS, "10.77.0.1/24", Fact.PORTS_CAPACITY, "64512"), List.of(PUBLIC), 1);
    }

    static GatewayProcess start(final Path directory) throws IOException {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
            .filter(argument -> argument.startsWith("--add-opens") || argument.startsWith("--enable-native-access")).forEach(command::add);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), GatewayProcess.class.getName(), directory.toString()));
        return new GatewayProcess(new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
    }

    String readLine() throws IOException {
        return output.readLine();
    }

    long pid() {
        return process.pid();
    }

    /** Ends it as {@code kill -9} does. */
    void kill() {
        process.destroyForcibly().onExit().join();
    }

    void await() {
        process.onExit().join();
    }

    @Override
    public void close() {
        kill();
    }
}
