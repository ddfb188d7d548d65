package io.sallyport.tools.top;

import java.io.IOException;
import java.util.Optional;

/** What is known of a gateway that is looked at every few seconds. One thread. */
final class TopModel {

    /** A look at the connections may take a twentieth of a core. */
    private static final int LOOK_SHARE = 20;

    private final TopSource source;
    private TopView view;
    private TableLook table = TableLook.NONE;
    private long nextLookNs = Long.MIN_VALUE;

    TopModel(final TopSource source) {
        this.source = source;
    }

    /**
     * Looks again.
     *
     * @return what there is to show; empty as long as no gateway has been seen
     */
    Optional<TopView> refresh() {
        try {
            final Optional<TopSample> sample = source.sample();
            if (sample.isPresent()) {
                take(sample.get());
            } else {
                trouble("gateway stopped, waiting for it to come back");
            }
        } catch (final IOException unreadable) {
            trouble(unreadable.getMessage());
        }
        return Optional.ofNullable(view);
    }

    private void take(final TopSample now) {
        final boolean goesOn = view != null && view.now().isSameGateway(now);
        if (!goesOn) {
            table = TableLook.NONE;
            nextLookNs = Long.MIN_VALUE;
        }
        look();
        view = new TopView(goesOn ? view.now() : now, now, table, Optional.empty());
    }

    private void look() {
        final long beginNs = System.nanoTime();
        if (beginNs < nextLookNs) {
            return;
        }
        try {
            table = table.next(beginNs, source.scan(TableLook.MOST));
        } catch (final IOException isBeingReplaced) {
            // the gateway is starting: its tables are there the next time
            return;
        }
        final long endNs = System.nanoTime();
        nextLookNs = endNs + LOOK_SHARE * (endNs - beginNs);
    }

    private void trouble(final String what) {
        if (view != null) {
            view = new TopView(view.now(), view.now(), table, Optional.of(what));
        }
    }
}
