package io.sallyport.tools.command;

import io.sallyport.config.GatewayConfig;
import io.sallyport.counter.Counter;
import io.sallyport.engine.EngineOptions.Secrets;
import io.sallyport.tools.replay.ReplayFiles;
import io.sallyport.tools.run.Logs;
import io.sallyport.tools.screen.Figures;
import io.sallyport.tools.screen.Json;
import io.sallyport.tools.screen.Sample;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Runs captured packets through the engine. */
@Command(
    name = "replay",
    header = "Runs captured packets through the engine, offline.",
    description = "Reads what arrived on each side from capture files (pcap or pcapng), merged by timestamp, on a clock that follows the "
        + "timestamps; writes what the gateway would send on each side. Needs no root.",
    footer = {"", "Example:", "  sallyport replay --config edge.yaml --inside in.pcap --outside out.pcap \\",
        "      --to-inside to-in.pcap --to-outside to-out.pcap --seed 1"})
public final class ReplayCommand implements Runnable {

    @Spec
    private CommandSpec spec;

    @Mixin
    private ConfigOption configOption;

    @Option(names = "--inside", paramLabel = "PCAP", description = "What arrived on the inside.")
    private Path inside;

    @Option(names = "--outside", paramLabel = "PCAP", description = "What arrived on the outside.")
    private Path outside;

    @Option(names = "--to-inside", paramLabel = "PCAP", description = "Receives what the gateway sends on the inside.")
    private Path toInside;

    @Option(names = "--to-outside", paramLabel = "PCAP", description = "Receives what the gateway sends on the outside.")
    private Path toOutside;

    @Option(names = "--seed", paramLabel = "N", description = "Fixes every random choice.")
    private Long seed;

    @Option(names = "--json", description = "Print all counters as JSON.")
    private boolean json;

    @Override
    public void run() {
        final GatewayConfig config = configOption.load();
        checkFiles(config.events().file().orElse(null));
        Logs.install();
        final PrintWriter err = spec.commandLine().getErr();
        final ReplayFiles files = new ReplayFiles(Optional.ofNullable(inside), Optional.ofNullable(outside),
            Optional.ofNullable(toInside), Optional.ofNullable(toOutside));
        try {
            final ReplayFiles.Outcome outcome = files.replay(config, seed == null ? Secrets.random() : Secrets.seeded(seed), err);
            warn(err, outcome.wentBack(), "timestamps went back and count as the latest seen before");
            warn(err, outcome.cutShort(), "packets were not captured whole");
            spec.commandLine().getOut().println(json ? Json.print(json(outcome)) : summary(outcome));
            if (outcome.damage().isPresent()) {
                throw new CommandFailure(CommandFailure.FAILED, Failures.describe(outcome.damage().get()), outcome.damage().get());
            }
        } catch (final IOException failure) {
            throw new CommandFailure(CommandFailure.FAILED, Failures.describe(failure), failure);
        } catch (final OutOfMemoryError tooLarge) {
            throw new CommandFailure(CommandFailure.FAILED, "not enough memory for nat.limits.connections: "
                + config.nat().limits().connections(), tooLarge);
        }
    }

    /** An output that is also an input or the other output would be lost without a word. */
    private void checkFiles(final Path events) {
        if (inside == null && outside == null) {
            throw new ParameterException(spec.commandLine(), "nothing to replay: --inside, --outside or both");
        }
        for (final Path output : Stream.of(toInside, toOutside).filter(Objects::nonNull).toList()) {
            for (final Path other : Stream.of(inside, outside, output == toInside ? null : toInside, events).filter(Objects::nonNull)
                .toList()) {
                if (isSameFile(output, other)) {
                    throw new ParameterException(spec.commandLine(), output + " cannot be written: it is " + other + " as well");
                }
            }
        }
    }

    private static boolean isSameFile(final Path output, final Path other) {
        try {
            return Files.exists(output) ? Files.isRegularFile(output) && Files.exists(other) && Files.isSameFile(output, other)
                : output.toAbsolutePath().normalize().equals(other.toAbsolutePath().normalize());
        } catch (final IOException unknown) {
            return false;
        }
    }

    private static void warn(final PrintWriter err, final long count, final String what) {
        if (count > 0) {
            err.println("sallyport: warning: " + Figures.count(count) + " " + what);
        }
    }

    private static String summary(final ReplayFiles.Outcome outcome) {
        final Sample counters = outcome.counters();
        final String reasons = counters.dropsByCount().entrySet().stream()
            .map(drop -> drop.getKey().label() + " " + Figures.count(drop.getValue())).collect(Collectors.joining(", ", " (", ")"));
        final String format = "replayed %s packets: %s from inside, %s from outside; sent %s to inside, %s to outside; "
            + "consumed %s, dropped %s%s";
        return format.formatted(
            Figures.count(counters.packetsIn()), Figures.count(counters.get(Counter.PACKETS_IN_FROM_SOURCE)),
            Figures.count(counters.get(Counter.PACKETS_IN_FROM_DESTINATION)), Figures.count(outcome.toInside()),
            Figures.count(outcome.toOutside()), Figures.count(counters.get(Counter.CONSUMED)), Figures.count(counters.dropped()),
            counters.dropped() == 0 ? "" : reasons);
    }

    private static Map<String, Object> json(final ReplayFiles.Outcome outcome) {
        final Map<String, Object> all = new LinkedHashMap<>();
        all.put("sentToInside", outcome.toInside());
        all.put("sentToOutside", outcome.toOutside());
        all.putAll(outcome.counters().toJson());
        return all;
    }
}
