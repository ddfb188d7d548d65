package io.sallyport.io.pcap;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Writes capture files byte by byte, after the specifications and not after our code. */
final class CaptureBytes {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final ByteOrder order;

    CaptureBytes(final ByteOrder order) {
        this.order = order;
    }

    CaptureBytes int32(final long value) {
        bytes.writeBytes(ByteBuffer.allocate(4).order(order).putInt((int) value).array());
        return this;
    }

    CaptureBytes int16(final int value) {
        bytes.writeBytes(ByteBuffer.allocate(2).order(order).putShort((short) value).array());
        return this;
    }

    CaptureBytes int64(final long value) {
        bytes.writeBytes(ByteBuffer.allocate(8).order(order).putLong(value).array());
        return this;
    }

    CaptureBytes raw(final byte... values) {
        bytes.writeBytes(values);
        return this;
    }

    byte[] toArray() {
        return bytes.toByteArray();
    }

    /** Header of a classic file. */
    static CaptureBytes classic(final ByteOrder order, final int magic, final int linkType) {
        return new CaptureBytes(order).int32(magic).int16(2).int16(4).int32(0).int32(0).int32(65_535).int32(linkType);
    }

    /** Record of a classic file. */
    CaptureBytes record(final long seconds, final long fraction, final long original, final byte... frame) {
        return int32(seconds).int32(fraction).int32(frame.length).int32(original).raw(frame);
    }

    /** Any block of a pcapng file. */
    CaptureBytes block(final int type, final byte... body) {
        final int padding = -body.length & 3;
        final int length = 12 + body.length + padding;
        return int32(type).int32(length).raw(body).raw(new byte[padding]).int32(length);
    }

    CaptureBytes section() {
        return block(0x0A0D0D0A, new CaptureBytes(order).int32(0x1A2B3C4D).int16(1).int16(0).int64(-1).toArray());
    }

    CaptureBytes networkInterface(final int linkType, final int snapshotLength, final byte... options) {
        return block(1, new CaptureBytes(order).int16(linkType).int16(0).int32(snapshotLength).raw(options).toArray());
    }

    byte[] option(final int code, final byte... value) {
        return new CaptureBytes(order).int16(code).int16(value.length).raw(value).raw(new byte[-value.length & 3]).toArray();
    }

    CaptureBytes enhanced(final int networkInterface, final long time, final int original, final byte... frame) {
        return block(6, new CaptureBytes(order).int32(networkInterface).int32(time >>> 32).int32(time).int32(frame.length)
            .int32(original).raw(frame).toArray());
    }

    CaptureBytes obsolete(final int networkInterface, final long time, final int original, final byte... frame) {
        return block(2, new CaptureBytes(order).int16(networkInterface).int16(0xFFFF).int32(time >>> 32).int32(time)
            .int32(frame.length).int32(original).raw(frame).toArray());
    }

    CaptureBytes simple(final int original, final byte... frame) {
        return block(3, new CaptureBytes(order).int32(original).raw(frame).toArray());
    }
}
