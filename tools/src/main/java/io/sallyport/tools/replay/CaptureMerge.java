package io.sallyport.tools.replay;

import io.sallyport.io.pcap.PcapFileReader;
import io.sallyport.packet.Side;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.agrona.DirectBuffer;

/**
 * The captures of both sides as one, in the order of time: at equal times inside first, then the order of the file. A timestamp that
 * goes back counts as the latest seen.
 *
 * <p>A damaged file ends the whole at that place, after everything that was captured up to the time of its last good packet.
 */
public final class CaptureMerge implements AutoCloseable {

    private final List<Source> sources = new ArrayList<>();
    private Source current;
    private long latestNs = Long.MIN_VALUE;
    private long wentBack;
    private long cutShort;

    /**
     * Opens the files.
     *
     * @param inside  what arrived on the inside, if anything
     * @param outside what arrived on the outside, if anything
     * @throws IOException with one line for the user
     */
    public CaptureMerge(final Optional<Path> inside, final Optional<Path> outside) throws IOException {
        try {
            if (inside.isPresent()) {
                sources.add(new Source(Side.INSIDE, PcapFileReader.open(inside.get())));
            }
            if (outside.isPresent()) {
                sources.add(new Source(Side.OUTSIDE, PcapFileReader.open(outside.get())));
            }
        } catch (final IOException unreadable) {
            close();
            throw unreadable;
        }
        sources.forEach(this::readAhead);
    }

    /**
     * Moves to the next packet.
     *
     * @return false at the end of both files
     * @throws IOException with one line for the user, when a file is damaged here
     */
    public boolean next() throws IOException {
        if (current != null) {
            readAhead(current);
        }
        current = null;
        for (final Source source : sources) {
            if (!source.ended && (current == null || source.isBefore(current))) {
                current = source;
            }
        }
        if (current == null) {
            return false;
        }
        if (current.damage != null) {
            throw current.damage;
        }
        latestNs = current.timestampNs;
        cutShort += current.reader.capturedLength() < current.reader.originalLength() ? 1 : 0;
        return true;
    }

    /** The side that the packet arrived on. */
    public Side side() {
        return current.side;
    }

    /** When it arrived, in ns since 1970; never less than before. */
    public long timestampNs() {
        return current.timestampNs;
    }

    /** The packet, from its Ethernet header on; until the next call of {@link #next}. */
    public DirectBuffer data() {
        return current.reader.data();
    }

    /** How much of it there is, in bytes. */
    public int length() {
        return current.reader.capturedLength();
    }

    /** Packets so far whose timestamp went back. */
    public long wentBack() {
        return wentBack;
    }

    /** Packets so far that were longer than what was captured of them. */
    public long cutShort() {
        return cutShort;
    }

    @Override
    public void close() {
        sources.forEach(source -> source.reader.close());
    }

    private void readAhead(final Source source) {
        try {
            source.ended = !source.reader.next();
            if (!source.ended) {
                final long timestampNs = source.reader.timestampNs();
                wentBack += timestampNs < latestNs ? 1 : 0;
                source.timestampNs = Math.max(timestampNs, latestNs);
            }
        } catch (final IOException damage) {
            source.damage = damage;
        }
    }

    /** One file, and the packet that is next in it. */
    private static final class Source {

        private final Side side;
        private final PcapFileReader reader;
        private long timestampNs = Long.MIN_VALUE;
        private boolean ended;
        private IOException damage;

        Source(final Side side, final PcapFileReader reader) {
            this.side = side;
            this.reader = reader;
        }

        /** Whether this one comes before one that is before it in the list; a damage comes after all that has its time. */
        boolean isBefore(final Source other) {
            return timestampNs < other.timestampNs || timestampNs == other.timestampNs && damage == null && other.damage != null;
        }
    }
}
