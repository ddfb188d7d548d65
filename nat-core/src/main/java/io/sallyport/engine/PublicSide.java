package io.sallyport.engine;

import io.sallyport.config.GatewayConfig;
import io.sallyport.config.NatConfig;
import io.sallyport.config.NatConfig.AddressRange;
import io.sallyport.config.NatConfig.Forward;
import io.sallyport.counter.PortUseTable;
import io.sallyport.mapping.MappingTable;
import io.sallyport.mapping.PublicAddresses;
import io.sallyport.mapping.PublicAddresses.Endpoint;
import io.sallyport.mapping.PublicAddresses.Roles;
import io.sallyport.translate.Openings;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntPredicate;

/** Builds what the configuration says of the public side: its addresses, and what the operator has opened there. */
final class PublicSide {

    private PublicSide() {
    }

    /** The pool and all other addresses that are the gateway's on the outside. */
    static PublicAddresses addresses(final GatewayConfig config) {
        final NatConfig nat = config.nat();
        return new PublicAddresses(roles(config, new int[0], List.of()), nat.ports().first(), nat.ports().last());
    }

    /**
     * Who has which public address.
     *
     * @param leaving addresses that the configuration does not name and connections still use
     * @param closed  endpoints of forwards that it does not name and connections still use
     */
    static Roles roles(final GatewayConfig config, final int[] leaving, final Collection<Endpoint> closed) {
        final Set<Integer> pool = pool(config.nat());
        final Set<Integer> others = named(config);
        others.removeAll(pool);
        final List<Endpoint> withheld = new ArrayList<>(closed);
        config.nat().forwards().forEach(forward -> withheld.add(endpoint(forward)));
        return new Roles(toArray(pool), toArray(others), leaving, withheld);
    }

    /** Every public address that a configuration names. */
    static Set<Integer> named(final GatewayConfig config) {
        final Set<Integer> named = pool(config.nat());
        named.add(config.outside().address().address());
        config.nat().forwards().forEach(forward -> named.add(forward.outsideAddress()));
        config.nat().oneToOne().forEach(host -> named.add(host.outside()));
        return named;
    }

    /** The public endpoint of a forward. */
    static Endpoint endpoint(final Forward forward) {
        return new Endpoint(forward.outsideAddress(), Openings.protocolIndex(forward), forward.outsidePort());
    }

    /** The addresses of the pool, in the order of their positions when a gateway starts. */
    static Set<Integer> pool(final NatConfig nat) {
        final Set<Integer> pool = new LinkedHashSet<>();
        for (final AddressRange range : nat.pool()) {
            for (int offset = 0; offset < range.count(); offset++) {
                pool.add(range.first() + offset);
            }
        }
        return pool;
    }

    /** Says who has which space, and how many ports there are for the taking; addresses that have come too late for a place have none. */
    static void publishCapacities(final PublicAddresses addresses, final PortUseTable use) {
        for (int space = 0; space < use.spaces(); space++) {
            final int position = space / PublicAddresses.PROTOCOLS;
            final boolean isOurs = position < addresses.size() && addresses.hasPorts(position)
                && addresses.position(addresses.address(position)) == position;
            use.address(position, isOurs ? addresses.address(position) : 0);
            use.capacity(space, isOurs ? addresses.capacity(space) : 0);
        }
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
