package io.sallyport.twin;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** IP identifications that were used toward each destination: none comes back within 65,536 datagrams (RFC 6864, section 5.3.1). */
final class Identifications {

    private static final int APART = 65_536;

    private final Map<Integer, List<Integer>> used = new HashMap<>();

    /** The gateway's choice for a new datagram, if it was allowed. */
    int use(final int destination, final int identification) {
        final List<Integer> before = used.computeIfAbsent(destination, key -> new ArrayList<>());
        if (before.subList(Math.max(0, before.size() - APART + 1), before.size()).contains(identification)) {
            throw new Violation("identification 0x" + Integer.toHexString(identification) + " was used toward that destination");
        }
        before.add(identification);
        return identification;
    }
}
