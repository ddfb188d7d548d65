package io.sallyport.tools.demo;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.HdrHistogram.Histogram;

/**
 * Round trips, measured.
 *
 * @param timesNs of the answered ones, in nanoseconds
 * @param sent    how many were sent
 */
record RoundTrips(Histogram timesNs, int sent) {

    private static final long LONGEST_NS = 10_000_000_000L;
    private static final int DIGITS = 3;
    private static final int PATIENCE_MS = 500;
    private static final int MOST_LOST = 10;
    private static final int PAYLOAD_BYTES = 64;
    private static final Pattern PING_TIME = Pattern.compile("time=([0-9.]+) ms");

    /**
     * Sends datagrams to an echo server, one at a time, each when the answer to the one before has come.
     *
     * <p>Ends early when {@value #MOST_LOST} have stayed without an answer.
     *
     * @param warmUp how many go before the first that is measured
     */
    static RoundTrips udp(final InetSocketAddress server, final int warmUp, final int count) throws IOException {
        final Histogram histogram = new Histogram(LONGEST_NS, DIGITS);
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.setSoTimeout(PATIENCE_MS);
            final ByteBuffer payload = ByteBuffer.allocate(PAYLOAD_BYTES);
            final DatagramPacket answer = new DatagramPacket(new byte[PAYLOAD_BYTES], PAYLOAD_BYTES);
            int lost = 0;
            for (int i = -warmUp; i < count && lost < MOST_LOST; i++) {
                payload.putInt(0, i);
                final long startNs = System.nanoTime();
                socket.send(new DatagramPacket(payload.array(), PAYLOAD_BYTES, server));
                if (!isAnswered(socket, answer, i)) {
                    lost++;
                } else if (i >= 0) {
                    histogram.recordValue(Math.min(LONGEST_NS, System.nanoTime() - startNs));
                }
            }
        }
        return new RoundTrips(histogram, count);
    }

    /** Skips answers that come after their time. */
    private static boolean isAnswered(final DatagramSocket socket, final DatagramPacket answer, final int serial) throws IOException {
        try {
            do {
                socket.receive(answer);
            } while (ByteBuffer.wrap(answer.getData()).getInt(0) != serial);
            return true;
        } catch (final SocketTimeoutException e) {
            return false;
        }
    }

    /** Reads what ping printed. */
    static RoundTrips ofPing(final String output, final int sent) {
        final Histogram histogram = new Histogram(LONGEST_NS, DIGITS);
        PING_TIME.matcher(output).results().map((final MatchResult match) -> match.group(1))
            .forEach(ms -> histogram.recordValue(Math.round(Double.parseDouble(ms) * 1e6)));
        return new RoundTrips(histogram, sent);
    }

    /** How many were answered. */
    long answered() {
        return timesNs.getTotalCount();
    }

    /** A percentile, in microseconds. */
    double percentileUs(final double percentile) {
        return timesNs.getValueAtPercentile(percentile) / 1e3;
    }
}
