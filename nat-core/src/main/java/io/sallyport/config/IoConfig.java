package io.sallyport.config;

/**
 * How packets come and go.
 *
 * @param backend   name of the backend: {@code packet}, {@code xdp}, {@code pcap}
 * @param threading how the stages share threads
 * @param workers   number of workers, each with its shard of the connections
 * @param waiting   what a thread does when nothing is to be done
 * @param offload   whether super-frames and partial checksums pass through
 * @param isolate   whether the kernel's own stack is kept from seeing the gateway's traffic
 */
public record IoConfig(
    @Key(value = "backend", holds = "`packet`, `xdp`, `pcap`",
        text = "How packets come and go. `packet`: AF_PACKET rings with segmentation offload, the fastest for bulk TCP. `xdp`: "
            + "AF_XDP, the most small packets; Linux 5.10. `pcap`: libpcap, portable and slow.")
    String backend,
    @Key(value = "threading",
        text = "`pipeline`: a thread each for capture, every worker and transmit. `inline`: one thread does all; for one or two "
            + "cores.")
    Threading threading,
    @Key(value = "workers", holds = "1-" + ConfigChecks.MOST_WORKERS,
        text = "Threads that translate, each with its own share of the inside hosts.")
    int workers,
    @Key(value = "wait",
        text = "What a thread does when there is nothing to do: `backoff` spins for some microseconds, and then sleeps until the "
            + "kernel has a packet; `spin` takes a whole core and has the lowest latency (where there is only one, from the sixth second "
            + "on: the first ones are the compiler's); `yield` gives way to others; `block` sleeps at once. Figures: "
            + "[tuning.md](tuning.md).")
    Wait waiting,
    @Key(value = "offload",
        text = "Whether super-frames and partial checksums pass through unsegmented; `off` makes whole frames of them first.")
    Offload offload,
    @Key(value = "isolate",
        text = "Whether the kernel's own stack is kept from seeing what arrives on the two interfaces (an nftables drop that the "
            + "gateway makes and removes; needs the program `nft`). Without, the kernel answers in the gateway's place unless you "
            + "see to it.")
    boolean isolate) {

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
        /** Spins a little, then sleeps until the kernel has a frame; who receives for other threads yields to them before it sleeps. */
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
