package io.sallyport.twin;

import java.util.List;
import java.util.Set;

/**
 * What becomes of a packet.
 *
 * @param sent    what leaves on its account, in order
 * @param fate    forwarded or consumed, dropped, or kept until the first fragment comes
 * @param reasons why it was dropped: one of these labels; empty for any
 */
record Verdict(List<Out> sent, Fate fate, Set<String> reasons) {

    /** The three ends. */
    enum Fate { PASSED, DROPPED, WAITS }

    static Verdict passed(final List<Out> sent) {
        return new Verdict(sent, Fate.PASSED, Set.of());
    }

    static Verdict dropped(final Dropped drop) {
        return new Verdict(drop.answers(), Fate.DROPPED, drop.reasons());
    }

    static Verdict waits() {
        return new Verdict(List.of(), Fate.WAITS, Set.of());
    }
}
