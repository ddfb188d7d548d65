package io.sallyport.tools.screen;

import io.sallyport.flow.ConnectionReader;
import io.sallyport.flow.ConnectionView;
import io.sallyport.tools.screen.ConnectionSink.Page;
import java.util.List;
import java.util.Optional;

/**
 * Lists a page of the connections that a filter lets through. It reads the gateway's tables in place, once. In the tables' own order
 * every connection is shown as it is met, so memory does not grow with their number. In another order, all up to the page's end are
 * remembered by their lines, at 16 bytes each, and looked at again to be shown; what has ended meanwhile is left out.
 */
public final class ConnectionListing {

    /** How far into a sorted list a page can reach. */
    public static final int MOST_SORTED = 2_000_000;

    private static final int TABLE_SHIFT = 32;

    private final ConnectionFilter filter;
    private final Page page;
    private long matching;

    /**
     * A listing.
     *
     * @param filter which connections are wanted
     * @param page   which of those
     */
    public ConnectionListing(final ConnectionFilter filter, final Page page) {
        this.filter = filter;
        this.page = page;
    }

    /** Lists them in the order of the tables, which stays the same while they live. */
    public void list(final List<ConnectionReader> tables, final ConnectionSink sink) {
        for (final ConnectionReader table : tables) {
            table.forEach(connection -> {
                if (filter.accepts(connection) && page.has(matching++)) {
                    sink.show(connection);
                }
                return true;
            });
        }
        sink.end(page, matching);
    }

    /**
     * Lists them in another order, and equal ones in that of the tables.
     *
     * @param isReversed whether the largest come first
     */
    public void list(
        final List<ConnectionReader> tables, final ConnectionOrder order, final boolean isReversed, final ConnectionSink sink) {
        final long end = page.limit() > MOST_SORTED ? MOST_SORTED : page.offset() + page.limit();
        final SmallestKeys smallest = new SmallestKeys((int) Math.min(MOST_SORTED, end));
        for (int table = 0; table < tables.size(); table++) {
            final ConnectionReader reader = tables.get(table);
            for (int line = 0; line < reader.lines(); line++) {
                final Optional<ConnectionView> connection = wanted(reader, line);
                if (connection.isPresent()) {
                    matching++;
                    final long key = order.key(connection.get());
                    smallest.add(isReversed ? ~key : key, (long) table << TABLE_SHIFT | line);
                }
            }
        }
        smallest.drain(page.offset(), thing ->
            wanted(tables.get((int) (thing >>> TABLE_SHIFT)), (int) thing).ifPresent(sink::show));
        sink.end(page, matching);
    }

    private Optional<ConnectionView> wanted(final ConnectionReader table, final int line) {
        return table.connection(line).filter(filter::accepts);
    }
}
