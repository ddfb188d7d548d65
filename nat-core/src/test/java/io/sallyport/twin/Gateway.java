package io.sallyport.twin;

import io.sallyport.packet.Side;
import java.util.List;
import java.util.Map;

/** What the twin is compared with: the engine, or the engine with something broken. */
interface Gateway extends AutoCloseable {

    /** What leaves on account of a frame. */
    List<Out> receive(Side side, byte[] frame, long nowNs);

    /** Runs the timers until then, and says what they send. */
    List<Out> pass(long nowNs);

    /** Packets dropped, by label of the reason. */
    Map<String, Long> drops();

    /** The sum of the gauges and counters whose label begins like that. */
    long sum(String labelPrefix);

    /** Packets that are not accounted for. */
    long unaccounted();

    @Override
    void close();
}
