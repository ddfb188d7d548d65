package io.sallyport.tools.top;

/**
 * A line of the screen.
 *
 * @param text  what it says
 * @param style how it looks
 */
record Line(String text, Style style) {

    /** How a line looks. */
    enum Style {
        /** Like any other. */
        PLAIN,
        /** A headline. */
        HEAD,
        /** Something that someone should look at. */
        ALARM
    }

    /** A line cut to a width. */
    Line cut(final int columns) {
        return text.length() <= columns ? this : new Line(text.substring(0, columns), style);
    }
}
