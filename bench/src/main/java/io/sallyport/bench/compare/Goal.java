package io.sallyport.bench.compare;

import java.util.regex.Pattern;

/**
 * What a figure should be.
 *
 * @param rows    rows of the table that it is for begin so
 * @param columns regular expression of which columns that it is for contain a match; empty for all
 * @param peer    rows that it is compared with begin so, and the best of them counts; empty where the limit is absolute
 * @param limit   factor of the peer's figure, or the figure itself
 */
record Goal(String rows, String columns, String peer, double limit) {

    /** Whether it is about that cell. */
    boolean concerns(final String row, final String column) {
        return row.startsWith(rows) && Pattern.compile(columns).matcher(column).find();
    }
}
