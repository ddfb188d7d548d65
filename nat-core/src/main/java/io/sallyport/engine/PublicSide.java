package io.sallyport.engine;

import io.sallyport.config.GatewayConfig;
import io.sallyport.config.NatConfig;
import io.sallyport.config.NatConfig.AddressRange;
import io.sallyport.config.NatConfig.Forward;
import io.sallyport.counter.PortUseTable;
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
        final Set<Integer> pool = pool(nat);
        final Set<Integer> others = new LinkedHashSet<>();
        others.add(config.outside().address().address());
        nat.forwards().forEach(forward -> others.add(forward.outsideAddress()));
        nat.oneToOne().forEach(host -> others.add(host.outside()));
        others.removeAll(pool);
        return new PublicAddresses(toArray(pool), toArray(others), nat.ports().first(), nat.ports().last());
    }

    /** The addresses of the pool, in the order of their positions. */
    static Set<Integer> pool(final NatConfig nat) {
        final Set<Integer> pool = new LinkedHashSet<>();
        for (final AddressRange range : nat.pool()) {
            for (int offset = 0; offset < range.count(); offset++) {
                pool.add(range.first() + offset);
            }
        }
        return pool;
    }

    /** Says how many ports each public address has for the taking; after those of the forwards were taken out. */
    static void publishCapacities(final PublicAddresses addresses, final PortUseTable use) {
        for (int space = 0; space < use.spaces(); space++) {
            use.capacity(space, addresses.ports(space / PublicAddresses.PROTOCOLS, space % PublicAddresses.PROTOCOLS).capacity());
        }
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
