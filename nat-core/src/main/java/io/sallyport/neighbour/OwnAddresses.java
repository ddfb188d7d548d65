package io.sallyport.neighbour;

import io.sallyport.config.GatewayConfig;
import io.sallyport.config.NatConfig.AddressRange;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The addresses that the gateway answers ARP for on one side: the interface's own and, on the outside, every public address that it
 * translates to. Immutable, for any thread.
 */
public final class OwnAddresses {

    /** First addresses of the disjoint ranges, ascending, with the highest bit flipped so that signed comparison orders them. */
    private final int[] firsts;
    private final int[] lasts;

    private OwnAddresses(final List<AddressRange> ranges) {
        final List<AddressRange> merged = merge(ranges);
        firsts = merged.stream().mapToInt(range -> flip(range.first())).toArray();
        lasts = merged.stream().mapToInt(range -> flip(range.last())).toArray();
    }

    /** The inside interface's address. */
    public static OwnAddresses inside(final GatewayConfig config) {
        return new OwnAddresses(List.of(single(config.inside().address().address())));
    }

    /** The outside interface's address, the pool, and the public addresses of forwards and one-to-one hosts. */
    public static OwnAddresses outside(final GatewayConfig config) {
        final List<AddressRange> ranges = new ArrayList<>(config.nat().pool());
        ranges.add(single(config.outside().address().address()));
        config.nat().forwards().forEach(forward -> ranges.add(single(forward.outsideAddress())));
        config.nat().oneToOne().forEach(host -> ranges.add(single(host.outside())));
        return new OwnAddresses(ranges);
    }

    /** Whether {@code address} is one of them. */
    public boolean contains(final int address) {
        final int key = flip(address);
        int base = 0;
        int count = firsts.length;
        while (count > 1) {
            final int half = count >>> 1;
            base = firsts[base + half] <= key ? base + half : base;
            count -= half;
        }
        return firsts[base] <= key && key <= lasts[base];
    }

    /** Number of disjoint ranges, at least 1. */
    int rangeCount() {
        return firsts.length;
    }

    /** First address of a range. */
    int first(final int range) {
        return flip(firsts[range]);
    }

    /** Last address of a range. */
    int last(final int range) {
        return flip(lasts[range]);
    }

    private static List<AddressRange> merge(final List<AddressRange> ranges) {
        final List<AddressRange> sorted = new ArrayList<>(ranges);
        sorted.sort(Comparator.comparingInt(range -> flip(range.first())));
        final List<AddressRange> merged = new ArrayList<>();
        for (final AddressRange range : sorted) {
            final AddressRange previous = merged.isEmpty() ? null : merged.getLast();
            if (previous != null && flip(range.first()) <= flip(previous.last())) {
                final int last = flip(range.last()) > flip(previous.last()) ? range.last() : previous.last();
                merged.set(merged.size() - 1, new AddressRange(previous.first(), last));
            } else {
                merged.add(range);
            }
        }
        return merged;
    }

    private static AddressRange single(final int address) {
        return new AddressRange(address, address);
    }

    private static int flip(final int address) {
        return address ^ Integer.MIN_VALUE;
    }
}
