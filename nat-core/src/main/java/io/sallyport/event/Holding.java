package io.sallyport.event;

/**
 * An inside endpoint that had a public one for a time.
 *
 * @param kind               {@link EventKind#CREATED}, {@link EventKind#FORWARD} or {@link EventKind#ONE_TO_ONE}: what gave it that
 * @param insideAddress      numeric
 * @param insidePort         numeric
 * @param sinceNs            since when, in ns since 1970; {@link Long#MIN_VALUE} if that is not in the log
 * @param untilNs            until when; {@link Long#MAX_VALUE} if it still had it where the log ends
 * @param hasDestination     whether it had it for one destination, and that is known
 * @param destinationAddress numeric
 * @param destinationPort    numeric; 0 for ICMP
 */
public record Holding(
    EventKind kind,
    int insideAddress,
    int insidePort,
    long sinceNs,
    long untilNs,
    boolean hasDestination,
    int destinationAddress,
    int destinationPort) {

    /** Whether that was at some time within an interval. */
    boolean isWithin(final long fromNs, final long toNs) {
        return sinceNs < toNs && untilNs > fromNs;
    }
}
