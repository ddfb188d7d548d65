package io.sallyport.tools.replay;

import io.sallyport.config.GatewayConfig;
import io.sallyport.counter.Counter;
import io.sallyport.engine.EngineOptions.Secrets;
import io.sallyport.io.pcap.PcapFileWriter;
import io.sallyport.packet.Side;
import io.sallyport.tools.screen.Sample;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Optional;
import org.agrona.DirectBuffer;

/**
 * A replay from capture files to capture files.
 *
 * @param inside    what arrived on the inside, if anything
 * @param outside   what arrived on the outside, if anything
 * @param toInside  receives what the gateway sends on the inside; an empty capture if that is nothing
 * @param toOutside receives what it sends on the outside
 */
public record ReplayFiles(Optional<Path> inside, Optional<Path> outside, Optional<Path> toInside, Optional<Path> toOutside) {

    /**
     * How a replay went.
     *
     * @param counters  the gateway's counters at the end
     * @param toInside  frames sent on the inside
     * @param toOutside frames sent on the outside
     * @param wentBack  packets whose timestamp went back
     * @param cutShort  packets that were longer than what was captured of them
     * @param damage    why it ended early, for the user, if it did
     */
    public record Outcome(Sample counters, long toInside, long toOutside, long wentBack, long cutShort, Optional<IOException> damage) {
    }

    /**
     * Replays.
     *
     * @param err receives a line every few seconds if it takes long
     * @throws IOException with one line for the user, when a file cannot be opened or written
     */
    public Outcome replay(final GatewayConfig config, final Secrets secrets, final PrintWriter err) throws IOException {
        try (CaptureMerge merge = new CaptureMerge(inside, outside); Outputs outputs = new Outputs(toInside, toOutside)) {
            final Replay replay = new Replay(config, secrets, outputs);
            Optional<IOException> damage = Optional.empty();
            try (replay) {
                damage = run(merge, replay, new Progress(err));
            }
            if (replay.count(Counter.EVENTS_LOST) > 0) {
                throw new IOException("events.file: " + replay.count(Counter.EVENTS_LOST) + " events could not be written");
            }
            return new Outcome(new Sample(replay.nowNs(), replay::count, replay::count), outputs.count(Side.INSIDE),
                outputs.count(Side.OUTSIDE), merge.wentBack(), merge.cutShort(), damage);
        } catch (final UncheckedIOException unwritable) {
            throw unwritable.getCause();
        }
    }

    /** Replays until the end, or until a file turns out to be damaged. */
    private static Optional<IOException> run(final CaptureMerge merge, final Replay replay, final Progress progress) {
        try {
            while (merge.next()) {
                replay.receive(merge.side(), merge.timestampNs(), merge.data(), 0, merge.length());
                progress.packet(merge.timestampNs());
            }
            return Optional.empty();
        } catch (final IOException damage) {
            return Optional.of(damage);
        }
    }

    /** The files that are written. */
    private static final class Outputs implements Replay.Sink, AutoCloseable {

        private final PcapFileWriter[] writers = new PcapFileWriter[Side.values().length];
        private final long[] counts = new long[Side.values().length];

        Outputs(final Optional<Path> toInside, final Optional<Path> toOutside) throws IOException {
            try {
                if (toInside.isPresent()) {
                    writers[Side.INSIDE.ordinal()] = PcapFileWriter.create(toInside.get());
                }
                if (toOutside.isPresent()) {
                    writers[Side.OUTSIDE.ordinal()] = PcapFileWriter.create(toOutside.get());
                }
            } catch (final IOException unwritable) {
                close();
                throw unwritable;
            }
        }

        long count(final Side side) {
            return counts[side.ordinal()];
        }

        @Override
        public void frame(final Side side, final long timestampNs, final DirectBuffer memory, final int offset, final int length) {
            counts[side.ordinal()]++;
            final PcapFileWriter writer = writers[side.ordinal()];
            if (writer != null) {
                try {
                    writer.write(timestampNs, memory, offset, length);
                } catch (final IOException unwritable) {
                    throw new UncheckedIOException(unwritable);
                }
            }
        }

        @Override
        public void close() throws IOException {
            IOException failure = null;
            for (final PcapFileWriter writer : writers) {
                try {
                    if (writer != null) {
                        writer.close();
                    }
                } catch (final IOException unwritable) {
                    failure = unwritable;
                }
            }
            if (failure != null) {
                throw failure;
            }
        }
    }
}
