package io.sallyport.event;

import io.sallyport.config.NatConfig;
import io.sallyport.config.NatConfig.Forward;
import io.sallyport.config.NatConfig.OneToOne;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** Writes into a log which public ports and addresses the configuration gives away. Whom it lets in there does not matter. */
final class GivenAway {

    private GivenAway() {
    }

    /** All of them. */
    static void tell(final EventFile to, final NatConfig nat, final long nowNs) {
        nat.forwards().forEach(forward -> tell(to, EventKind.FORWARD, forward, nowNs));
        nat.oneToOne().forEach(host -> tell(to, EventKind.ONE_TO_ONE, host, nowNs));
    }

    /** Those that have gone, and then those that have come. */
    static void tellDifference(final EventFile to, final NatConfig before, final NatConfig next, final long nowNs) {
        final UnaryOperator<Forward> forwards = GivenAway::forAll;
        final UnaryOperator<OneToOne> hosts = GivenAway::forAll;
        without(before.forwards(), next.forwards(), forwards).forEach(gone -> tell(to, EventKind.FORWARD_ENDED, gone, nowNs));
        without(next.forwards(), before.forwards(), forwards).forEach(come -> tell(to, EventKind.FORWARD, come, nowNs));
        without(before.oneToOne(), next.oneToOne(), hosts).forEach(gone -> tell(to, EventKind.ONE_TO_ONE_ENDED, gone, nowNs));
        without(next.oneToOne(), before.oneToOne(), hosts).forEach(come -> tell(to, EventKind.ONE_TO_ONE, come, nowNs));
    }

    private static <T> List<T> without(final List<T> some, final List<T> others, final UnaryOperator<T> forAll) {
        final Set<T> known = others.stream().map(forAll).collect(Collectors.toSet());
        return some.stream().filter(item -> !known.contains(forAll.apply(item))).toList();
    }

    private static Forward forAll(final Forward forward) {
        return new Forward(forward.protocol(), forward.outsideAddress(), forward.outsidePort(), forward.insideAddress(),
            forward.insidePort(), List.of());
    }

    private static OneToOne forAll(final OneToOne host) {
        return new OneToOne(host.outside(), host.inside(), List.of());
    }

    private static void tell(final EventFile to, final EventKind kind, final Forward forward, final long nowNs) {
        final int protocol = EventProtocols.index(forward.protocol() == NatConfig.Protocol.TCP ? "tcp" : "udp");
        to.begin();
        to.text().forward(kind, nowNs, protocol, forward.outsideAddress(), forward.outsidePort(), forward.insideAddress(),
            forward.insidePort());
        to.end(EventKey.of(protocol, forward.outsideAddress(), forward.outsidePort()), nowNs);
    }

    private static void tell(final EventFile to, final EventKind kind, final OneToOne host, final long nowNs) {
        to.begin();
        to.text().oneToOne(kind, nowNs, host.outside(), host.inside());
        to.end(EventKey.ofAddress(host.outside()), nowNs);
    }
}
