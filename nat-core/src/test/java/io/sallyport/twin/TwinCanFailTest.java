package io.sallyport.twin;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/** Whatever is broken in a gateway, random traffic finds it, and says what happened. */
class TwinCanFailTest {

    private static final int SCENARIOS = 60;
    private static final int ACTIONS = 60;
    private static final int SETTLED = 20;
    private static final long HOURS_NS = 4 * 3600 * 1_000_000_000L;

    static Stream<Arguments> faults() {
        return Stream.of(
            fault("a bit of the last byte", packets(byFrame(frame -> flip(frame, frame.length - 1, 1)))),
            fault("a bit of the time to live", packets(byFrame(frame -> flip(frame, 22, 1)))),
            fault("a bit of the transport header", packets(byFrame(frame -> flip(frame, 40, 1)))),
            fault("the next hop", packets(byFrame(frame -> flip(frame, 5, 1)))),
            fault("a packet is lost", packets(outs -> outs.subList(0, Math.max(0, outs.size() - 1)))),
            fault("a packet leaves twice", packets(outs -> outs.isEmpty() ? outs : List.of(outs.getFirst(), outs.getFirst()))),
            fault("a packet leaves on the other side", packets(outs -> outs.stream().map(out ->
                Out.sent(out.side().other(), out.frame(), out.fromNs())).toList())),
            fault("no farewell", gateway -> Spoilt.timers(gateway, outs -> List.of())),
            fault("half a farewell", gateway -> Spoilt.timers(gateway, outs -> outs.subList(0, outs.size() / 2))),
            fault("a farewell too late", gateway -> Spoilt.timers(gateway, outs -> outs.stream().map(out ->
                Out.sent(out.side(), out.frame(), out.fromNs() + 2 * Ports.LATE_NS)).toList())),
            fault("another reason", gateway -> Spoilt.reasons(gateway, "unsolicited", "not-ours")),
            fault("another reason for what cannot open", gateway -> Spoilt.reasons(gateway, "no-connection", "unsolicited")),
            fault("a slow clock", gateway -> Spoilt.clock(gateway, now -> now - now / 10)),
            fault("a clock that stands still for hours", gateway -> Spoilt.clock(gateway, now -> now / HOURS_NS * HOURS_NS)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("faults")
    void isFound(final String what, final Function<Gateway, Gateway> spoil) {
        final long found = Stream.iterate(1L, seed -> seed + 1).limit(SCENARIOS).filter(seed -> isFound(seed, spoil)).count();
        assertTrue(found > 0, what + " was not found in " + SCENARIOS + " scenarios");
    }

    @Test
    void whatIsNotBrokenPasses() {
        for (long seed = 1; seed <= SCENARIOS; seed++) {
            Duel.fight(Scenario.random(seed, ACTIONS), Feature.BUILT);
        }
    }

    private static boolean isFound(final long seed, final Function<Gateway, Gateway> spoil) {
        try {
            Duel.fight(Scenario.random(seed, ACTIONS), Feature.BUILT, spoil);
            return false;
        } catch (final AssertionError e) {
            assertTrue(e.getMessage().contains("replay: Scenario[setting={"), e.getMessage());
            return true;
        }
    }

    private static Arguments fault(final String what, final Function<Gateway, Gateway> spoil) {
        return arguments(what, spoil);
    }

    private static Function<Gateway, Gateway> packets(final UnaryOperator<List<Out>> change) {
        return gateway -> Spoilt.packets(gateway, late(change));
    }

    /** Nothing happens to the first packets, so that what follows has something to go wrong about. */
    private static UnaryOperator<List<Out>> late(final UnaryOperator<List<Out>> change) {
        final AtomicInteger seen = new AtomicInteger();
        return outs -> seen.incrementAndGet() < SETTLED ? outs : change.apply(outs);
    }

    private static UnaryOperator<List<Out>> byFrame(final UnaryOperator<byte[]> change) {
        return outs -> outs.stream().map(out -> Out.sent(out.side(), change.apply(out.frame().clone()), out.fromNs())).toList();
    }

    private static byte[] flip(final byte[] frame, final int at, final int bits) {
        frame[at] ^= (byte) bits;
        return frame;
    }
}
