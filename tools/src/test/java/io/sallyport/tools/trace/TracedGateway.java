package io.sallyport.tools.trace;

import io.sallyport.config.GatewayConfig;
import io.sallyport.counter.CommandControlFile;
import io.sallyport.counter.Description;
import io.sallyport.counter.Fact;
import io.sallyport.engine.Engine;
import io.sallyport.engine.EngineOptions;
import io.sallyport.engine.NatPipeline;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.Side;
import io.sallyport.runtime.Gateway;
import io.sallyport.tools.ProgramRun;
import io.sallyport.tools.config.ConfigFile;
import io.sallyport.tools.config.ConfigFileException;
import io.sallyport.tools.run.EffectiveConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** A gateway that stands still unless a test gives it a packet: its state directory, with the engine that fills it. */
final class TracedGateway implements AutoCloseable {

    private final Path state;
    private final GatewayConfig config;
    private final CommandControlFile commandControl;
    private final NatPipeline nat;
    private final List<byte[]> sent = new ArrayList<>();

    TracedGateway(final Path state, final String moreYaml) throws IOException, ConfigFileException {
        this.state = state;
        final GatewayConfig parsed = ConfigFile.parse("edge.yaml", """
            name: edge
            inside:  { interface: l0, address: 10.77.0.1/24, neighbours: [ { address: 10.77.0.2, mac: "02:00:00:00:0a:02" } ] }
            outside: { interface: w0, address: 198.51.100.1/24, gateway: 198.51.100.2 }
            state:   { directory: %s }
            """.formatted(state) + moreYaml);
        config = parsed.withInterfaces(parsed.inside().resolved(Engine.DEFAULT_INSIDE_MAC, 1500),
            parsed.outside().resolved(Engine.DEFAULT_OUTSIDE_MAC, 1500));
        final List<String> stages = new ArrayList<>(List.of("ingress", "egress"));
        for (int worker = 0; worker < config.io().workers(); worker++) {
            stages.add("worker-" + worker);
        }
        commandControl = CommandControlFile.create(
            directory(), new Description(System.currentTimeMillis(), stages, Map.of(Fact.NAME, "edge")));
        nat = NatPipeline.create(config,
            new EngineOptions(EngineOptions.Secrets.seeded(7), Optional.of(directory()), commandControl::counters), System.nanoTime());
        EffectiveConfig.write(config);
        beat();
        commandControl.ready();
    }

    /** Where its state lies. */
    Path directory() {
        return Gateway.stateDirectory(config);
    }

    /** Has an IPv4 packet arrive. Gives what left, without Ethernet headers; what waits for ARP has not left. */
    List<byte[]> receive(final Side side, final byte[] packet) {
        final byte[] frame = TestPackets.frame(
            side == Side.INSIDE ? TestPackets.INSIDE_GATEWAY : TestPackets.OUTSIDE_GATEWAY, 0x0800, packet);
        final PacketBatch batch = PacketBatch.owning(1, 2048);
        batch.frames().putBytes(batch.offset(batch.claim(frame.length)), frame);
        batch.arrived(side, System.nanoTime());
        sent.clear();
        nat.process(batch, System.nanoTime());
        nat.finish(batch, this::transmit, System.nanoTime());
        beat();
        return List.copyOf(sent);
    }

    /** Says that the next hop on the outside is there, so that what goes to it leaves at once. */
    void learnRouter() {
        final PacketBatch batch = PacketBatch.owning(1, 64);
        final byte[] frame = TestPackets.arp("198.51.100.2", "198.51.100.1");
        batch.frames().putBytes(batch.offset(batch.claim(frame.length)), frame);
        batch.arrived(Side.OUTSIDE, System.nanoTime());
        nat.process(batch, System.nanoTime());
        nat.finish(batch, this::transmit, System.nanoTime());
    }

    /** Runs {@code trace} on it. */
    ProgramRun trace(final Side side, final byte[] packet, final String... more) {
        final List<String> words = new ArrayList<>(List.of("trace", "--name", "edge", "--state", state.toString(),
            "--from", side.name().toLowerCase(Locale.ROOT), "--packet", HexFormat.of().formatHex(packet)));
        words.addAll(List.of(more));
        return ProgramRun.of(words.toArray(String[]::new));
    }

    CommandControlFile commandControl() {
        return commandControl;
    }

    private void beat() {
        nat.beat(System.nanoTime(), System.currentTimeMillis());
        commandControl.heartbeat(System.currentTimeMillis());
    }

    private void transmit(final PacketBatch leaving, final Side side) {
        for (int i = 0; i < leaving.size(); i++) {
            if (leaving.egress(i) == side.ordinal() && leaving.length(i) > 14) {
                final byte[] packet = new byte[leaving.length(i) - 14];
                leaving.frames().getBytes(leaving.offset(i) + 14, packet);
                sent.add(packet);
            }
        }
    }

    @Override
    public void close() {
        nat.close();
        commandControl.close();
    }
}
