package io.sallyport.config;

/**
 * How packets come and go.
 *
 * @param backend   name of the backend: {@code packet}, {@code xdp}, {@code pcap}
 * @param threading how the stages share threads
 * @param workers   number of workers, each with its shard of the connections
 * @param waiting     what a thread does when nothing is to be done
 * @param offload   whether super-frames and partial checksums pass through
 * @param isolate   whether the kernel's own stack is kept from seeing the gateway's traffic
 */
public record IoConfig(String backend, Threading threading, int workers, Wait waiting, Offload offload, boolean isolate) {

    /** AF_PACKET rings, Disruptor pipeline, one worker. */
    public static final IoConfig DEFAULTS = new IoConfig("packet", Threading.PIPELINE, 1, Wait.BACKOFF, Offload.AUTO, true);

    /** How the stages share threads. */
    public enum Threading {
        /** Capture, workers and transmit have a thread each, with a Disruptor ring between them. */
        PIPELINE,
        /** One thread runs each burst to completion. */
        INLINE
    }

    /** What a thread does when nothing is to be done. */
    public enum Wait {
        /** Spins, then yields, then sleeps for a growing time. */
        BACKOFF,
        /** Spins: lowest latency, a whole core. */
        SPIN,
        /** Yields to other threads. */
        YIELD,
        /** Sleeps until the kernel has a frame. */
        BLOCK
    }

    /** Whether super-frames and partial checksums pass through. */
    public enum Offload {
        /** Where backend and interfaces can. */
        AUTO,
        /** Never. */
        OFF
    }
}
