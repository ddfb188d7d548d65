package io.sallyport.wire;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** An immutable set of IPv4 addresses, kept as disjoint ranges; a look-up is a binary search. For any thread. */
public final class AddressSet {

    /** The set of all addresses. */
    public static final AddressSet ALL = of(List.of(new Range(0, -1)));

    /** First addresses of the ranges, ascending, with the highest bit flipped so that signed comparison orders them. */
    private final int[] firsts;
    private final int[] lasts;

    private AddressSet(final List<Range> disjoint) {
        firsts = disjoint.stream().mapToInt(range -> flip(range.first())).toArray();
        lasts = disjoint.stream().mapToInt(range -> flip(range.last())).toArray();
    }

    /**
     * Addresses from first to last, both included.
     *
     * @param first lowest address
     * @param last  highest address
     */
    public record Range(int first, int last) {
    }

    /** The addresses of all ranges, which may overlap. */
    public static AddressSet of(final List<Range> ranges) {
        final List<Range> sorted = new ArrayList<>(ranges);
        sorted.sort(Comparator.comparingInt(range -> flip(range.first())));
        final List<Range> merged = new ArrayList<>();
        for (final Range range : sorted) {
            final Range previous = merged.isEmpty() ? null : merged.getLast();
            if (previous != null && flip(range.first()) <= flip(previous.last())) {
                final int last = flip(range.last()) > flip(previous.last()) ? range.last() : previous.last();
                merged.set(merged.size() - 1, new Range(previous.first(), last));
            } else {
                merged.add(range);
            }
        }
        return new AddressSet(merged);
    }

    /** The addresses of all networks. */
    public static AddressSet ofPrefixes(final List<Ipv4Prefix> networks) {
        return of(networks.stream().map(network -> new Range(network.first(), network.last())).toList());
    }

    /** Whether {@code address} is in the set. */
    public boolean contains(final int address) {
        if (firsts.length == 0) {
            return false;
        }
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

    /** Number of disjoint ranges. */
    public int rangeCount() {
        return firsts.length;
    }

    /** First address of a range. */
    public int first(final int range) {
        return flip(firsts[range]);
    }

    /** Last address of a range. */
    public int last(final int range) {
        return flip(lasts[range]);
    }

    private static int flip(final int address) {
        return address ^ Integer.MIN_VALUE;
    }
}
