package io.sallyport.io.linux;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.counter.DropReason;
import io.sallyport.io.SoftwareOffload;
import io.sallyport.packet.PacketBackend.Settings;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.PortException;
import io.sallyport.packet.PortPair;
import io.sallyport.packet.Side;
import io.sallyport.packet.Verdict;
import io.sallyport.wire.Ethernet;
import java.lang.management.ManagementFactory;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("root")
class AfPacketPortTest {

    private static final long PATIENCE_NS = 2_000_000_000L;
    private static final long A_MAC = 0x0200_0000_0A01L;
    /** Local experimental EtherType (IEEE 802): no stack answers it. */
    private static final int TYPE_EXPERIMENTAL = 0x88B5;

    private TestNetwork network;

    @BeforeEach
    void makeNetwork() throws Exception {
        network = TestNetwork.create();
    }

    @AfterEach
    void removeNetwork() throws Exception {
        if (network != null) {
            network.close();
        }
    }

    private static AfPacketPort open(final String namespace, final String name, final boolean offload) throws Exception {
        return TestNetwork.in(namespace, () -> AfPacketPort.open(new Settings(name, offload, false)));
    }

    private static int receive(final AfPacketPort port, final PacketBatch batch) {
        final LinuxCalls calls = new LinuxCalls();
        final SocketPoll poll = SocketPoll.forReceiving(port.fd());
        final long deadlineNs = System.nanoTime() + PATIENCE_NS;
        while (port.receive(batch) == 0 && System.nanoTime() < deadlineNs) {
            poll.await(calls, PATIENCE_NS / 10);
        }
        return batch.size();
    }

    /** A frame for nobody in particular, numbered in its last four bytes, on its way out. */
    private static int add(final PacketBatch batch, final int length, final int type, final int number) {
        final int i = batch.claim(length);
        Ethernet.header(batch.frames(), batch.offset(i), 0x0200_0000_0001L, A_MAC, type);
        for (int at = Ethernet.HEADER_LENGTH; at < length; at++) {
            batch.frames().putByte(batch.offset(i) + at, (byte) at);
        }
        batch.frames().putInt(batch.offset(i) + length - Integer.BYTES, number);
        batch.egress(i, (byte) Side.INSIDE.ordinal());
        return i;
    }

    private static int number(final PacketBatch batch, final int i) {
        return batch.frames().getInt(batch.offset(i) + batch.length(i) - Integer.BYTES);
    }

    private static byte[] bytes(final PacketBatch batch, final int i) {
        final byte[] copy = new byte[batch.length(i)];
        batch.frames().getBytes(batch.offset(i), copy);
        return copy;
    }

    private static void forward(final AfPacketPort to, final PacketBatch batch) {
        for (int i = 0; i < batch.size(); i++) {
            batch.egress(i, (byte) Side.OUTSIDE.ordinal());
        }
        to.transmit(batch, Side.OUTSIDE);
    }

    @Test
    void frames_pass_unchanged_from_ring_to_wire_and_own_ones_are_not_received() throws Exception {
        try (AfPacketPort inside = open(TestNetwork.G, "l0", true);
             AfPacketPort outside = open(TestNetwork.G, "w0", true);
             AfPacketPort a = open(TestNetwork.A, "a0", true);
             AfPacketPort b = open(TestNetwork.B, "b0", true)) {
            final PacketBatch sent = PacketBatch.owning(3, 1_514);
            add(sent, 60, TYPE_EXPERIMENTAL, 1);
            add(sent, 1_514, TYPE_EXPERIMENTAL, 2);
            sent.egress(add(sent, 60, TYPE_EXPERIMENTAL, 3), PacketBatch.NOWHERE);
            a.transmit(sent, Side.INSIDE);

            final PacketBatch passing = inside.newBatch(8);
            assertEquals(2, receive(inside, passing));
            assertEquals(0, passing.segmentLength(0));
            assertEquals(PacketBatch.CHECKSUM_WHOLE, passing.checksumState(0));
            forward(outside, passing);
            inside.release(passing);

            final PacketBatch arrived = b.newBatch(8);
            assertEquals(2, receive(b, arrived));
            assertArrayEquals(bytes(sent, 0), bytes(arrived, 0));
            assertArrayEquals(bytes(sent, 1), bytes(arrived, 1));
            assertEquals(0, outside.receive(outside.newBatch(8)), "its own frames");
            assertEquals(0, inside.receiveDrops());
        }
    }

    @Test
    void everything_that_a_nat_touches_lies_in_one_cache_line() throws Exception {
        try (AfPacketPort inside = open(TestNetwork.G, "l0", true); AfPacketPort a = open(TestNetwork.A, "a0", true)) {
            final PacketBatch sent = PacketBatch.owning(1, 60);
            add(sent, 60, TYPE_EXPERIMENTAL, 1);
            a.transmit(sent, Side.INSIDE);
            final PacketBatch batch = inside.newBatch(1);
            assertEquals(1, receive(inside, batch));
            final int slot = batch.descriptor(0);
            assertEquals(0, slot % 64);
            assertEquals(76, batch.offset(0) - slot);
        }
    }

    @Test
    void a_vlan_tag_that_the_kernel_stripped_is_seen_again() throws Exception {
        for (final int type : new int[] {Ethernet.TYPE_VLAN, Ethernet.TYPE_SERVICE_VLAN}) {
            try (AfPacketPort inside = open(TestNetwork.G, "l0", true); AfPacketPort a = open(TestNetwork.A, "a0", true)) {
                final PacketBatch sent = PacketBatch.owning(1, 64);
                final int i = add(sent, 64, type, 1);
                sent.frames().putInt(sent.offset(i) + 14, 0x6064_88B5, ByteOrder.BIG_ENDIAN);
                a.transmit(sent, Side.INSIDE);
                final PacketBatch batch = inside.newBatch(1);
                assertEquals(1, receive(inside, batch));
                assertEquals(type, Ethernet.type(batch.frames(), batch.offset(0)));
                assertArrayEquals(bytes(sent, 0), bytes(batch, 0));
            }
        }
    }

    @Test
    void a_full_ring_drops_and_counts_and_no_slot_is_handed_out_twice() throws Exception {
        try (AfPacketPort inside = open(TestNetwork.G, "l0", true); AfPacketPort a = open(TestNetwork.A, "a0", true)) {
            final int slots = 960;
            final PacketBatch held = inside.newBatch(slots);
            final PacketBatch later = inside.newBatch(slots);
            final PacketBatch sent = PacketBatch.owning(100, 60);
            for (int number = 0; number < slots + 100; number++) {
                sent.clear();
                add(sent, 60, TYPE_EXPERIMENTAL, number);
                a.transmit(sent, Side.INSIDE);
            }
            assertEquals(slots, receive(inside, held));
            assertEquals(0, inside.receive(later), "every slot is with the caller");
            assertEquals(100, inside.receiveDrops());
            assertEquals(100, inside.receiveDrops(), "counted once");
            for (int i = 0; i < slots; i++) {
                assertEquals(i, number(held, i));
            }
            inside.release(held);
            sent.clear();
            add(sent, 60, TYPE_EXPERIMENTAL, 5_000);
            a.transmit(sent, Side.INSIDE);
            assertEquals(1, receive(inside, later));
            assertEquals(5_000, number(later, 0));
        }
    }

    @Test
    void only_the_frame_that_the_interface_refuses_is_dropped() throws Exception {
        try (AfPacketPort inside = open(TestNetwork.G, "l0", true); AfPacketPort a = open(TestNetwork.A, "a0", true)) {
            final PacketBatch sent = PacketBatch.owning(300, 3_000);
            for (int number = 0; number < 300; number++) {
                add(sent, number % 100 == 50 ? 3_000 : 60, TYPE_EXPERIMENTAL, number);
            }
            a.transmit(sent, Side.INSIDE);
            for (int i = 0; i < 300; i++) {
                final boolean refused = i % 100 == 50;
                assertEquals(refused ? Verdict.DROP : Verdict.NONE, sent.verdict(i), "frame " + i);
                assertEquals(refused ? DropReason.TRANSMIT_FAILED.ordinal() : 0, sent.dropReason(i));
            }
            final PacketBatch batch = inside.newBatch(400);
            assertEquals(297, receive(inside, batch));
            for (int i = 0, expected = 0; i < 297; i++, expected++) {
                expected += expected % 100 == 50 ? 1 : 0;
                assertEquals(expected, number(batch, i));
            }
        }
    }

    @Test
    void a_partial_checksum_is_marked_and_left_or_completed() throws Exception {
        for (final boolean offload : new boolean[] {true, false}) {
            TestNetwork.run("ip", "-n", TestNetwork.A, "neighbour", "replace", "10.9.0.2", "lladdr", "02:00:00:00:0b:02", "dev", "a0");
            try (AfPacketPort inside = open(TestNetwork.G, "l0", offload);
                 AfPacketPort outside = open(TestNetwork.G, "w0", offload);
                 AfPacketPort b = open(TestNetwork.B, "b0", true);
                 DatagramSocket socket = TestNetwork.in(TestNetwork.A, () -> new DatagramSocket(5_000))) {
                socket.send(new DatagramPacket(new byte[77], 77, new InetSocketAddress("10.9.0.2", 6_000)));
                final PacketBatch batch = inside.newBatch(4);
                assertEquals(1, receive(inside, batch));
                assertEquals(PacketBatch.CHECKSUM_PARTIAL, batch.checksumState(0));
                assertTrue(SoftwareOffload.isPartial(batch.frames(), batch.offset(0), batch.length(0)));
                forward(outside, batch);
                final PacketBatch arrived = b.newBatch(4);
                assertEquals(1, receive(b, arrived));
                assertEquals(offload ? PacketBatch.CHECKSUM_PARTIAL : PacketBatch.CHECKSUM_WHOLE, arrived.checksumState(0));
                final byte[] before = bytes(arrived, 0);
                SoftwareOffload.completeChecksum(arrived.frames(), arrived.offset(0), arrived.length(0));
                assertEquals(!offload, Arrays.equals(before, bytes(arrived, 0)), "a whole checksum stays as it is");
            }
        }
    }

    @Test
    void an_interface_that_vanishes_is_noticed_and_one_that_is_down_is_not_fatal() throws Exception {
        try (AfPacketPort inside = open(TestNetwork.G, "l0", true)) {
            final PacketBatch batch = PacketBatch.owning(1, 60);
            assertEquals(Optional.empty(), inside.failure());

            TestNetwork.run("ip", "-n", TestNetwork.G, "link", "set", "l0", "down");
            assertEquals(Optional.empty(), inside.failure());
            add(batch, 60, TYPE_EXPERIMENTAL, 1);
            inside.transmit(batch, Side.INSIDE);
            assertEquals(Verdict.DROP, batch.verdict(0));

            TestNetwork.run("ip", "-n", TestNetwork.G, "link", "set", "l0", "up");
            batch.clear();
            add(batch, 60, TYPE_EXPERIMENTAL, 1);
            inside.transmit(batch, Side.INSIDE);
            assertEquals(Verdict.NONE, batch.verdict(0));

            TestNetwork.run("ip", "-n", TestNetwork.A, "link", "delete", "a0");
            assertEquals(Optional.of("interface l0 vanished"), inside.failure());
            inside.transmit(batch, Side.INSIDE);
            assertEquals(Verdict.DROP, batch.verdict(0));
            final LinuxCalls calls = new LinuxCalls();
            final SocketPoll poll = SocketPoll.forReceiving(inside.fd());
            poll.await(calls, PATIENCE_NS);
            assertFalse(poll.await(calls, 1_000_000), "waits again after it was woken by the error");
        }
        TestNetwork.run("ip", "-n", TestNetwork.G, "link", "add", "l0", "type", "veth", "peer", "name", "l1");
    }

    @Test
    void an_interface_of_the_same_name_is_not_the_same_interface() throws Exception {
        try (AfPacketPort inside = open(TestNetwork.G, "l0", true)) {
            TestNetwork.run("ip", "-n", TestNetwork.A, "link", "delete", "a0");
            TestNetwork.run("ip", "-n", TestNetwork.G, "link", "add", "l0", "type", "veth", "peer", "name", "l1");
            assertEquals(Optional.of("interface l0 vanished"), inside.failure());
        }
    }

    @Test
    void user_errors_are_one_clear_line() {
        assertEquals("there is no interface \"nope0\"", complaint("nope0"));
        assertEquals("there is no interface \"a-name-longer-than-any\"", complaint("a-name-longer-than-any"));
        assertEquals("there is no interface \"\"", complaint(""));
        assertEquals("interface lo is not an Ethernet interface", complaint("lo"));
    }

    private static String complaint(final String name) {
        return assertThrows(PortException.class, () -> open(TestNetwork.G, name, true)).getMessage();
    }

    @Test
    void brings_its_interface_up_and_reads_its_properties() throws Exception {
        TestNetwork.run("ip", "-n", TestNetwork.G, "link", "set", "l0", "address", "02:00:00:00:00:77", "mtu", "1400");
        try (AfPacketPort inside = open(TestNetwork.G, "l0", true)) {
            assertEquals("l0", inside.name());
            assertEquals(0x0200_0000_0077L, inside.mac());
            assertEquals(1_400, inside.mtu());
            assertTrue(TestNetwork.run("ip", "-n", TestNetwork.G, "link", "show", "l0").contains(",UP"));
        }
    }

    @Test
    void another_mac_address_makes_the_interface_promiscuous() throws Exception {
        final Settings other = new Settings("l0", true, false, OptionalLong.of(0x0200_0000_0099L), OptionalInt.empty());
        try (AfPacketPort inside = TestNetwork.in(TestNetwork.G, () -> AfPacketPort.open(other))) {
            assertEquals(1_500, inside.mtu());
            assertTrue(TestNetwork.run("ip", "-d", "-n", TestNetwork.G, "link", "show", "l0").contains("promiscuity 1"));
        }
        assertTrue(TestNetwork.run("ip", "-d", "-n", TestNetwork.G, "link", "show", "l0").contains("promiscuity 0"));
    }

    @Test
    void the_waiter_sleeps_until_a_frame_waits_on_either_side() throws Exception {
        try (PortPair ports = TestNetwork.in(TestNetwork.G,
                 () -> new AfPacketBackend().open(new Settings("l0", true, false), new Settings("w0", true, false)));
             AfPacketPort b = open(TestNetwork.B, "b0", true)) {
            final long startNs = System.nanoTime();
            ports.waiter().await(20_000_000);
            assertTrue(System.nanoTime() - startNs >= 20_000_000, "no frame waits");
            final PacketBatch batch = PacketBatch.owning(1, 60);
            add(batch, 60, TYPE_EXPERIMENTAL, 1);
            b.transmit(batch, Side.INSIDE);
            final long sentNs = System.nanoTime();
            ports.waiter().await(10 * PATIENCE_NS);
            assertTrue(System.nanoTime() - sentNs < 5 * PATIENCE_NS, "a frame waits");
            assertEquals(1, ports.outside().receive(ports.outside().newBatch(4)));
        }
    }

    @Test
    void moves_packets_without_allocating() throws Exception {
        final com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (PortPair ports = TestNetwork.in(TestNetwork.G,
                 () -> new AfPacketBackend().open(new Settings("l0", true, false), new Settings("w0", true, false)));
             AfPacketPort a = open(TestNetwork.A, "a0", true)) {
            final PacketBatch sent = PacketBatch.owning(32, 60);
            final PacketBatch batch = ports.inside().newBatch(64);
            warmUp(() -> moveFrames(ports, a, sent, batch, 1_000));
            // the JVM may allocate once, when it compiles anew; what a packet allocates would be there in every round
            long least = Long.MAX_VALUE;
            for (int round = 0; round < 5; round++) {
                final long before = threads.getCurrentThreadAllocatedBytes();
                final long moved = moveFrames(ports, a, sent, batch, 1_000);
                least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
                assertEquals(32_000, moved);
            }
            assertEquals(0, least, "bytes allocated for 32,000 packets");
        }
    }

    /** Runs until the compiler has made of the calls into the C library what it makes of them: nothing allocates then. */
    private static void warmUp(final Runnable action) {
        final com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long allocated = 1;
        for (int round = 0; round < 100 && allocated != 0; round++) {
            final long before = threads.getCurrentThreadAllocatedBytes();
            action.run();
            allocated = threads.getCurrentThreadAllocatedBytes() - before;
        }
    }

    private static long moveFrames(
        final PortPair ports, final AfPacketPort a, final PacketBatch sent, final PacketBatch batch, final int rounds) {
        long moved = 0;
        for (int round = 0; round < rounds; round++) {
            sent.clear();
            for (int i = 0; i < 32; i++) {
                add(sent, 60, TYPE_EXPERIMENTAL, i);
            }
            a.transmit(sent, Side.INSIDE);
            ports.waiter().await(1_000_000);
            int received = ports.inside().receive(batch);
            for (int looks = 0; looks < 1_000; looks++) {
                for (int i = 0; i < received; i++) {
                    batch.egress(i, (byte) Side.OUTSIDE.ordinal());
                }
                ports.outside().transmit(batch, Side.OUTSIDE);
                ports.inside().release(batch);
                moved += received;
                received = ports.inside().receive(batch);
                if (received == 0) {
                    break;
                }
            }
            moved += ports.inside().receiveDrops();
        }
        return moved;
    }
}
