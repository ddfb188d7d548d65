package io.sallyport.fragment;

import io.sallyport.flow.FlowKey;
import io.sallyport.flow.SeededHash;
import java.util.Arrays;

/**
 * Datagrams of which a fragment was seen that says how the others are to be translated: {@value #CAPACITY} at most, for a fixed time each.
 * When the table is full the oldest gives way; a source that has a quarter of it gives way to itself, so that no one pushes out what is
 * known of others. What has expired stays, unseen, until another needs its place.
 *
 * <pre>
 *   address key       source and destination, as in {@link FlowKey}
 *   datagram key      bits 0-15   identification
 *                     bits 16-23  protocol
 *                     bit  24     side of arrival
 * </pre>
 */
final class DatagramTable {

    /** Datagrams that are known at a time. */
    static final int CAPACITY = 16_384;
    /** Datagrams of one source. */
    static final int SHARE = CAPACITY / 4;
    /** No entry. */
    static final int NONE = AgeQueue.NONE;

    private static final int BUCKET_COUNT = 2 * CAPACITY;

    private final SeededHash hash;
    private final AgeQueue ages;
    private final int[] buckets = new int[BUCKET_COUNT];
    /** The next entry in the same bucket. */
    private final int[] nexts = new int[CAPACITY];
    private final long[] addressKeys = new long[CAPACITY];
    private final long[] datagramKeys = new long[CAPACITY];
    private final long[] portKeys = new long[CAPACITY];
    private final int[] identifications = new int[CAPACITY];
    private long timeoutNs;

    /** An empty table whose datagrams are forgotten after {@code timeoutNs}. */
    DatagramTable(final long timeoutNs, final SeededHash hash) {
        this.hash = hash;
        this.timeoutNs = timeoutNs;
        ages = new AgeQueue(CAPACITY, SHARE, hash);
        Arrays.fill(buckets, NONE);
    }

    /** Datagrams are forgotten after another time from now on; no earlier than those before them. */
    void timeout(final long newTimeoutNs) {
        timeoutNs = newTimeoutNs;
    }

    /** The datagram key of its parts. */
    static long key(final int identification, final int protocol, final int sideOrdinal) {
        return identification | (long) protocol << 16 | (long) sideOrdinal << 24;
    }

    /** The entry of a datagram, or {@link #NONE}. */
    int find(final long addressKey, final long datagramKey, final long nowNs) {
        int entry = buckets[bucket(addressKey, datagramKey)];
        while (entry != NONE && (addressKeys[entry] != addressKey || datagramKeys[entry] != datagramKey)) {
            entry = nexts[entry];
        }
        return entry != NONE && ages.deadlineNs(entry) - nowNs > 0 ? entry : NONE;
    }

    /** Takes in a datagram that {@link #find} does not find; others may give way. */
    int add(final long addressKey, final long datagramKey, final long portKey, final int identification, final long nowNs) {
        final int source = FlowKey.rawSource(addressKey);
        final int inTheWay = ages.inTheWay(source);
        if (inTheWay != NONE) {
            remove(inTheWay);
        }
        final int entry = ages.take(source, nowNs + timeoutNs);
        final int bucket = bucket(addressKey, datagramKey);
        nexts[entry] = buckets[bucket];
        buckets[bucket] = entry;
        addressKeys[entry] = addressKey;
        datagramKeys[entry] = datagramKey;
        portKeys[entry] = portKey;
        identifications[entry] = identification;
        return entry;
    }

    /** Another first fragment of the datagram came: it counts from now on. */
    void renew(final int entry, final long portKey, final long nowNs) {
        portKeys[entry] = portKey;
        ages.renew(entry, nowNs + timeoutNs);
    }

    /** The port key that the first fragment had. */
    long portKey(final int entry) {
        return portKeys[entry];
    }

    /** The identification that all fragments of the datagram get, or -1. */
    int identification(final int entry) {
        return identifications[entry];
    }

    private void remove(final int entry) {
        final int bucket = bucket(addressKeys[entry], datagramKeys[entry]);
        if (buckets[bucket] == entry) {
            buckets[bucket] = nexts[entry];
        } else {
            int before = buckets[bucket];
            while (nexts[before] != entry) {
                before = nexts[before];
            }
            nexts[before] = nexts[entry];
        }
        ages.remove(entry);
    }

    private int bucket(final long addressKey, final long datagramKey) {
        return (int) hash.of(addressKey, datagramKey) & BUCKET_COUNT - 1;
    }
}
