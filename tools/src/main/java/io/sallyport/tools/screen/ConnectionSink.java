package io.sallyport.tools.screen;

import io.sallyport.flow.ConnectionView;

/** Shows connections one after the other, however many there are. */
public interface ConnectionSink {

    /** Shows a connection. */
    void show(ConnectionView connection);

    /**
     * Says how many there are; nothing follows.
     *
     * @param page     which of them were asked for
     * @param matching how many the filter let through
     */
    void end(Page page, long matching);

    /**
     * A part of the connections that a filter lets through.
     *
     * @param offset how many come before it
     * @param limit  how many belong to it at most
     */
    record Page(long offset, long limit) {

        /** Whether it has the connection that {@code number} others come before. */
        boolean has(final long number) {
            return number >= offset && number - offset < limit;
        }
    }
}
