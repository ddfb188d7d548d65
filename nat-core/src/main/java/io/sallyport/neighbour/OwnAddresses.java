package io.sallyport.neighbour;

import io.sallyport.config.GatewayConfig;
import io.sallyport.wire.AddressSet;
import io.sallyport.wire.AddressSet.Range;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The addresses that the gateway answers ARP for on one side: the interface's own and, on the outside, every public address that it
 * translates to. Immutable, for any thread.
 */
public final class OwnAddresses {

    private OwnAddresses() {
    }

    /** The inside interface's address. */
    public static AddressSet inside(final GatewayConfig config) {
        return AddressSet.of(List.of(single(config.inside().address().address())));
    }

    /** The outside interface's address, the pool, and the public addresses of forwards and one-to-one hosts. */
    public static AddressSet outside(final GatewayConfig config) {
        final List<Range> ranges = new ArrayList<>();
        config.nat().pool().forEach(range -> ranges.add(new Range(range.first(), range.last())));
        ranges.add(single(config.outside().address().address()));
        config.nat().forwards().forEach(forward -> ranges.add(single(forward.outsideAddress())));
        config.nat().oneToOne().forEach(host -> ranges.add(single(host.outside())));
        return AddressSet.of(ranges);
    }

    /** The same with addresses that are leaving. */
    public static AddressSet outside(final GatewayConfig config, final int[] leaving) {
        final List<Range> ranges = new ArrayList<>();
        final AddressSet configured = outside(config);
        for (int range = 0; range < configured.rangeCount(); range++) {
            ranges.add(new Range(configured.first(range), configured.last(range)));
        }
        Arrays.stream(leaving).forEach(address -> ranges.add(single(address)));
        return AddressSet.of(ranges);
    }

    private static Range single(final int address) {
        return new Range(address, address);
    }
}
