package io.sallyport.tools.system;

import java.util.stream.Stream;

/**
 * What every system test runs with.
 *
 * @param backend   name of the packet backend
 * @param threading how the stages share threads
 */
record Variant(String backend, String threading) {

    /** Every backend and every threading, {@code xdp} with the pipeline. */
    static Stream<Variant> all() {
        return Stream.concat(packetAndPcap(), Stream.of(new Variant("xdp", "pipeline")));
    }

    /** The same with the other threading for {@code xdp}: what runs once for each, for the sake of the time that it takes. */
    static Stream<Variant> allWithXdpInline() {
        return Stream.concat(packetAndPcap(), Stream.of(new Variant("xdp", "inline")));
    }

    private static Stream<Variant> packetAndPcap() {
        return Stream.of("packet", "pcap")
            .flatMap(backend -> Stream.of("pipeline", "inline").map(threading -> new Variant(backend, threading)));
    }

    @Override
    public String toString() {
        return backend + ", " + threading;
    }
}
