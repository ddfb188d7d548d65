package io.sallyport.io.pcap;

import org.agrona.concurrent.UnsafeBuffer;

/** The record that a reader stands on; the bytes are the reader's. */
final class CaptureRecord {

    /** Longest frame that a record may hold, in bytes: what libpcap allows (MAXIMUM_SNAPLEN). */
    static final int MAX_LENGTH = 262_144;
    /** Link type of Ethernet (LINKTYPE_ETHERNET). */
    static final int LINK_TYPE_ETHERNET = 1;

    /** The frame, as much as was captured of it. */
    final UnsafeBuffer data = new UnsafeBuffer(0, 0);
    /** Time of capture, in ns since 1970. */
    long timestampNs;
    /** Length that the frame had on the wire, in bytes. */
    int originalLength;

    /** Takes the lengths of a record after checking them; {@code at} is where they stand. */
    void lengths(final CaptureInput input, final int at, final long captured, final long original) throws PcapFormatException {
        if (captured > MAX_LENGTH) {
            throw input.damaged(at, "a record of " + captured + " bytes; the longest allowed is " + MAX_LENGTH);
        }
        if (original > Integer.MAX_VALUE) {
            throw input.damaged(at, "a frame of " + original + " bytes");
        }
        originalLength = (int) original;
    }
}
