package io.sallyport.event;

/**
 * What a worker tells the log from now on.
 *
 * @param ring             the way to the log; null when there is no use for events
 * @param withDestinations whether destinations are written down (RFC 6888, REQ-12: only if the operator says so)
 * @param told             where the log begins while mappings live: a zero bit for each mapping and each connection that there can be, for
 *     the worker to note which it has told; else null
 */
public record Telling(EventRing ring, boolean withDestinations, long[] told) {

    /** There is no use for events. */
    public static final Telling NOTHING = new Telling(null, false, null);
}
