package io.sallyport.io.linux;

import io.sallyport.packet.PacketBackend.Settings;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.PacketPort;
import io.sallyport.packet.PortPair;
import io.sallyport.packet.Side;
import io.sallyport.wire.Ethernet;
import java.util.concurrent.locks.LockSupport;

/** A gateway's two ports with backend {@code xdp}, and the hosts' with backend {@code packet}, in a {@link TestNetwork}. */
final class XdpTestPorts implements AutoCloseable {

    /** Local experimental EtherType (IEEE 802): no stack answers it. */
    static final int TYPE_EXPERIMENTAL = 0x88B5;

    private static final long PATIENCE_NS = 2_000_000_000L;
    private static final long POLL_NS = 1_000_000;

    private final PortPair pair;
    private final AfPacketPort hostA;
    private final AfPacketPort hostB;

    private XdpTestPorts(final PortPair pair, final AfPacketPort hostA, final AfPacketPort hostB) {
        this.pair = pair;
        this.hostA = hostA;
        this.hostB = hostB;
    }

    /** On l0 and w0. */
    static XdpTestPorts open() throws Exception {
        return open("l0", "w0");
    }

    /** On two interfaces of the gateway. */
    static XdpTestPorts open(final String inside, final String outside) throws Exception {
        final PortPair pair = openPair(inside, outside, false);
        return new XdpTestPorts(pair,
            TestNetwork.in(TestNetwork.A, () -> AfPacketPort.open(new Settings("a0", true, false))),
            TestNetwork.in(TestNetwork.B, () -> AfPacketPort.open(new Settings("b0", true, false))));
    }

    /** The gateway's ports alone. */
    static PortPair openPair(final String inside, final String outside, final boolean isolate) throws Exception {
        return TestNetwork.in(TestNetwork.G,
            () -> new XdpBackend().open(new Settings(inside, true, isolate), new Settings(outside, true, isolate)));
    }

    PortPair pair() {
        return pair;
    }

    XdpPort inside() {
        return (XdpPort) pair.inside();
    }

    XdpPort outside() {
        return (XdpPort) pair.outside();
    }

    AfPacketPort hostA() {
        return hostA;
    }

    AfPacketPort hostB() {
        return hostB;
    }

    /** Receives something, or nothing for two seconds. */
    static int receive(final PacketPort port, final PacketBatch batch) {
        final long deadlineNs = System.nanoTime() + PATIENCE_NS;
        while (port.receive(batch) == 0 && System.nanoTime() - deadlineNs < 0) {
            LockSupport.parkNanos(POLL_NS / 10);
        }
        return batch.size();
    }

    /** A frame for nobody in particular, numbered in its last four bytes, on its way out to the inside. */
    static int add(final PacketBatch batch, final int length, final int number) {
        final int i = batch.claim(length);
        Ethernet.header(batch.frames(), batch.offset(i), 0x0200_0000_0001L, 0x0200_0000_0A01L, TYPE_EXPERIMENTAL);
        for (int at = Ethernet.HEADER_LENGTH; at < length; at++) {
            batch.frames().putByte(batch.offset(i) + at, (byte) at);
        }
        batch.frames().putInt(batch.offset(i) + length - Integer.BYTES, number);
        batch.egress(i, (byte) Side.INSIDE.ordinal());
        return i;
    }

    /** The number of a frame. */
    static int number(final PacketBatch batch, final int i) {
        return batch.frames().getInt(batch.offset(i) + batch.length(i) - Integer.BYTES);
    }

    /** A copy of a frame. */
    static byte[] bytes(final PacketBatch batch, final int i) {
        final byte[] copy = new byte[batch.length(i)];
        batch.frames().getBytes(batch.offset(i), copy);
        return copy;
    }

    /** Sends all frames of a batch to one side. */
    static void forward(final PacketPort to, final PacketBatch batch, final Side side) {
        for (int i = 0; i < batch.size(); i++) {
            batch.egress(i, (byte) side.ordinal());
        }
        to.transmit(batch, side);
    }

    @Override
    public void close() {
        pair.close();
        hostA.close();
        hostB.close();
    }
}
