package io.sallyport.event;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Who had a public port, and how far the log can be believed. Times are in ns since 1970.
 *
 * @param holdings   who had it in the time in question, in the order of the log
 * @param before     who had it last before, if no one had it in that time
 * @param beginNs    where the log begins
 * @param endNs      its latest time
 * @param lostEvents events lost that could have changed the answer
 * @param stoppedNs  when the log had ended, if nothing was written at that time: the gateway was not running, or a reload had turned it off
 * @param notRead    files beside the log that could not be read, because they are damaged or not compressed by gzip
 */
public record Answer(
    List<Holding> holdings,
    Optional<Holding> before,
    long beginNs,
    long endNs,
    long lostEvents,
    OptionalLong stoppedNs,
    List<Path> notRead) {

    /** Copies the lists. */
    public Answer {
        holdings = List.copyOf(holdings);
        notRead = List.copyOf(notRead);
    }
}
