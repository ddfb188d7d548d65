package io.sallyport.engine;

import io.sallyport.config.GatewayConfig;
import io.sallyport.config.NatConfig;
import io.sallyport.config.NatConfig.AddressRange;
import io.sallyport.config.NatConfig.Forward;
import io.sallyport.mapping.MappingTable;
import io.sallyport.mapping.PublicAddresses;
import io.sallyport.translate.Openings;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.IntPredicate;

/** Builds what the configuration says of the public side: its addresses, and what the operator has opened there. */
final class PublicSide {

    private PublicSide() {
    }

    /** The pool and all other addresses that are the gateway's on the outside. */
    static PublicAddresses addresses(final GatewayConfig config) {
        final NatConfig nat = config.nat();
        final Set<Integer> pool = new LinkedHashSet<>();
        for (final AddressRange range : nat.pool()) {
            for (int offset = 0; offset < range.count(); offset++) {
                pool.add(range.first() + offset);
            }
        }
        final Set<Integer> others = new LinkedHashSet<>();
        others.add(config.outside().address().address());
        nat.forwards().forEach(forward -> others.add(forward.outsideAddress()));
        nat.oneToOne().forEach(host -> others.add(host.outside()));
        others.removeAll(pool);
        return new PublicAddresses(toArray(pool), toArray(others), nat.ports().first(), nat.ports().last());
    }

    /** What the operator has opened; ports of the pool that forwards have are taken out of it. */
    static Openings openings(final NatConfig nat, final PublicAddresses addresses) {
        for (final Forward forward : nat.forwards()) {
            final int position = addresses.position(forward.outsideAddress());
            if (position < addresses.poolSize()) {
                addresses.ports(position, Openings.protocolIndex(forward)).reserve(forward.outsidePort());
            }
        }
        return new Openings(nat, addresses);
    }

    /** Adds the forwards to those inside hosts that a worker owns. */
    static void addForwards(
        final MappingTable table, final Openings openings, final PublicAddresses addresses, final IntPredicate isOwnHost) {
        for (int number = 0; number < openings.forwards().size(); number++) {
            final Forward forward = openings.forwards().get(number);
            if (isOwnHost.test(forward.insideAddress()) && !table.addForward(forward.insideAddress(), forward.insidePort(),
                    Openings.protocolIndex(forward), addresses.position(forward.outsideAddress()), forward.outsidePort(), number)) {
                throw new IllegalStateException("the table has room for all forwards");
            }
        }
    }

    private static int[] toArray(final Set<Integer> addresses) {
        return addresses.stream().mapToInt(Integer::intValue).toArray();
    }
}
