package io.sallyport.tools.system;

import java.util.stream.Stream;

/**
 * What every system test runs with.
 *
 * @param backend   name of the packet backend
 * @param threading how the stages share threads
 */
record Variant(String backend, String threading) {

    /** All that there are. */
    static Stream<Variant> all() {
        return Stream.of("packet", "pcap", "xdp")
            .flatMap(backend -> Stream.of("pipeline", "inline").map(threading -> new Variant(backend, threading)));
    }

    @Override
    public String toString() {
        return backend + ", " + threading;
    }
}
