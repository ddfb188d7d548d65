package io.sallyport.tools.trace;

import io.sallyport.config.GatewayConfig;
import io.sallyport.counter.GatewayState;
import io.sallyport.packet.Side;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** What becomes of a packet, and why, as the engine itself says it. */
public final class TraceReport {

    private final Trace trace;
    private final List<String> notes;

    private TraceReport(final Trace trace, final List<String> notes) {
        this.trace = trace;
        this.notes = notes;
    }

    /**
     * Traces a packet through an engine like a running gateway's, with a copy of its connections. The gateway notices nothing.
     *
     * @param config         the gateway's configuration, with its interfaces' MAC addresses and MTUs
     * @param stateDirectory holds its tables
     * @param state          what it is doing
     * @param cooling        its ports that cool down, which the copy does not know of
     * @param packet         an Ethernet frame, or an IPv4 packet
     * @throws IOException if the tables cannot be read or copied
     */
    public static TraceReport of(final GatewayConfig config, final Path stateDirectory, final GatewayState state, final long cooling,
        final Side side, final byte[] packet) throws IOException {
        final long mac = (side == Side.INSIDE ? config.inside() : config.outside()).mac().getAsLong();
        final Trace trace = Tracer.trace(config, stateDirectory, Arrival.of(side, packet, mac));
        return new TraceReport(trace, Notes.of(trace, state, cooling));
    }

    /** For people, 80 columns wide. */
    public String text() {
        return TraceScreen.text(trace, notes);
    }

    /** For programs. */
    public Map<String, Object> json() {
        return TraceScreen.json(trace, notes);
    }
}
