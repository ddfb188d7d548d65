package io.sallyport.io.linux;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.io.SoftwareOffload;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.Side;
import io.sallyport.packet.Verdict;
import io.sallyport.wire.Ethernet;
import io.sallyport.wire.Ipv4;
import java.lang.management.ManagementFactory;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.ByteOrder;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What happens to frames. */
@Tag("root")
class XdpPortTest {

    private TestNetwork network;

    @BeforeEach
    void makeNetwork() throws Exception {
        network = TestNetwork.create();
        network.up();
    }

    @AfterEach
    void removeNetwork() throws Exception {
        if (network != null) {
            network.close();
        }
    }

    @Test
    void frames_pass_unchanged_and_without_a_copy() throws Exception {
        try (XdpTestPorts ports = XdpTestPorts.open()) {
            assertEquals(XdpProgram.Mode.NATIVE, ports.inside().mode());
            final PacketBatch sent = PacketBatch.owning(2, 1_514);
            XdpTestPorts.add(sent, 60, 1);
            XdpTestPorts.add(sent, 1_514, 2);
            ports.hostA().transmit(sent, Side.INSIDE);

            final PacketBatch passing = ports.inside().newBatch(8);
            assertEquals(2, XdpTestPorts.receive(ports.inside(), passing));
            assertSame(ports.outside().newBatch(1).frames(), passing.frames(), "one memory");
            assertEquals(12, passing.offset(0) % 64, "all that a NAT touches in one cache line");
            final int free = ports.inside().umem().freeChunks();
            XdpTestPorts.forward(ports.outside(), passing, Side.OUTSIDE);
            assertEquals(free, ports.inside().umem().freeChunks(), "a copy needs a chunk");
            assertEquals(Umem.HANDED_ON, passing.descriptor(0));
            ports.inside().release(passing);

            final PacketBatch arrived = ports.hostB().newBatch(8);
            assertEquals(2, XdpTestPorts.receive(ports.hostB(), arrived));
            assertArrayEquals(XdpTestPorts.bytes(sent, 0), XdpTestPorts.bytes(arrived, 0));
            assertArrayEquals(XdpTestPorts.bytes(sent, 1), XdpTestPorts.bytes(arrived, 1));
            assertEquals(0, ports.outside().receive(ports.outside().newBatch(8)), "its own frames");
            assertEquals(0, ports.inside().receiveDrops());
        }
    }

    @Test
    void a_frame_of_a_batch_that_was_not_sent_or_is_sent_back_is_not_lost() throws Exception {
        try (XdpTestPorts ports = XdpTestPorts.open()) {
            final PacketBatch sent = PacketBatch.owning(3, 60);
            for (int number = 0; number < 3; number++) {
                XdpTestPorts.add(sent, 60, number);
            }
            ports.hostA().transmit(sent, Side.INSIDE);
            final PacketBatch batch = ports.inside().newBatch(8);
            assertEquals(3, XdpTestPorts.receive(ports.inside(), batch));
            batch.egress(1, (byte) Side.INSIDE.ordinal());
            ports.inside().transmit(batch, Side.INSIDE);
            ports.outside().transmit(batch, Side.OUTSIDE);
            ports.inside().release(batch);
            final PacketBatch back = ports.hostA().newBatch(8);
            assertEquals(1, XdpTestPorts.receive(ports.hostA(), back));
            assertEquals(1, XdpTestPorts.number(back, 0));
        }
    }

    @Test
    void a_full_ring_drops_and_counts_and_no_chunk_is_handed_out_twice() throws Exception {
        try (XdpTestPorts ports = XdpTestPorts.open()) {
            final int frames = 2_048;
            final PacketBatch held = ports.inside().newBatch(frames);
            final PacketBatch sent = PacketBatch.owning(1, 60);
            for (int number = 0; number < frames + 100; number++) {
                sent.clear();
                XdpTestPorts.add(sent, 60, number);
                ports.hostA().transmit(sent, Side.INSIDE);
            }
            assertEquals(frames, XdpTestPorts.receive(ports.inside(), held));
            assertEquals(0, ports.inside().receive(ports.inside().newBatch(1)));
            for (int i = 0; i < frames; i++) {
                assertEquals(i, XdpTestPorts.number(held, i));
            }
            assertEquals(100, ports.inside().receiveDrops());
            assertEquals(100, ports.inside().receiveDrops(), "counted once");
            ports.inside().release(held);
            ports.hostA().transmit(sent, Side.INSIDE);
            assertEquals(1, XdpTestPorts.receive(ports.inside(), held));
        }
    }

    @Test
    void a_partial_checksum_is_found_and_completed() throws Exception {
        TestNetwork.run("ip", "-n", TestNetwork.A, "neighbour", "replace", "10.9.0.2", "lladdr", "02:00:00:00:0b:02", "dev", "a0");
        try (XdpTestPorts ports = XdpTestPorts.open();
             DatagramSocket socket = TestNetwork.in(TestNetwork.A, () -> new DatagramSocket(5_000))) {
            socket.send(new DatagramPacket(new byte[77], 77, new InetSocketAddress("10.9.0.2", 6_000)));
            final PacketBatch batch = ports.inside().newBatch(4);
            assertEquals(1, XdpTestPorts.receive(ports.inside(), batch));
            assertEquals(PacketBatch.CHECKSUM_PARTIAL, batch.checksumState(0));
            XdpTestPorts.forward(ports.outside(), batch, Side.OUTSIDE);
            final PacketBatch arrived = ports.hostB().newBatch(4);
            assertEquals(1, XdpTestPorts.receive(ports.hostB(), arrived));
            assertEquals(PacketBatch.CHECKSUM_WHOLE, arrived.checksumState(0));
            final byte[] before = XdpTestPorts.bytes(arrived, 0);
            SoftwareOffload.completeChecksum(arrived.frames(), arrived.offset(0), arrived.length(0));
            assertArrayEquals(before, XdpTestPorts.bytes(arrived, 0), "a whole checksum stays as it is");
        }
    }

    @Test
    void foreign_frames_are_copied_and_super_frames_cut_and_what_is_too_long_is_dropped() throws Exception {
        try (XdpTestPorts ports = XdpTestPorts.open()) {
            final PacketBatch own = PacketBatch.owning(4, 9_000);
            XdpTestPorts.add(own, 60, 1);
            XdpTestPorts.add(own, 1_515, 2);
            final int datagrams = XdpTestPorts.add(own, 14 + 20 + 8 + 2_500, 3);
            Ethernet.header(own.frames(), own.offset(datagrams), 0x0200_0000_0001L, 0x0200_0000_0A01L, Ethernet.TYPE_IPV4);
            final int l3 = own.offset(datagrams) + Ethernet.HEADER_LENGTH;
            own.frames().putLong(l3, 0x4500_09E0_0001_0000L, ByteOrder.BIG_ENDIAN);
            own.frames().putLong(l3 + 8, 0x4011_0000_0A09_0001L, ByteOrder.BIG_ENDIAN);
            own.frames().putInt(l3 + 16, 0x0A09_0002, ByteOrder.BIG_ENDIAN);
            own.offload(datagrams, 1_000, PacketBatch.CHECKSUM_PARTIAL);
            XdpTestPorts.forward(ports.outside(), own, Side.OUTSIDE);
            assertEquals(Verdict.NONE, own.verdict(0));
            assertEquals(Verdict.DROP, own.verdict(1));
            assertEquals(Verdict.NONE, own.verdict(datagrams));

            final PacketBatch arrived = ports.hostB().newBatch(8);
            assertEquals(4, XdpTestPorts.receive(ports.hostB(), arrived));
            assertEquals(1, XdpTestPorts.number(arrived, 0));
            assertEquals(1_028, Ipv4.totalLength(arrived.frames(), arrived.offset(1) + Ethernet.HEADER_LENGTH));
            assertEquals(528, Ipv4.totalLength(arrived.frames(), arrived.offset(3) + Ethernet.HEADER_LENGTH));
        }
    }

    @Test
    void an_interface_that_vanishes_is_noticed_and_one_that_is_down_is_not_fatal() throws Exception {
        try (XdpTestPorts ports = XdpTestPorts.open()) {
            final PacketBatch own = PacketBatch.owning(1, 60);
            TestNetwork.run("ip", "-n", TestNetwork.G, "link", "set", "l0", "down");
            for (int time = 0; time < 2; time++) {
                own.clear();
                XdpTestPorts.add(own, 60, 1);
                ports.inside().transmit(own, Side.INSIDE);
                assertEquals(Verdict.DROP, own.verdict(0));
            }
            assertEquals(Optional.empty(), ports.inside().failure());

            TestNetwork.run("ip", "-n", TestNetwork.G, "link", "set", "l0", "up");
            own.clear();
            XdpTestPorts.add(own, 60, 2);
            ports.inside().transmit(own, Side.INSIDE);
            assertEquals(Verdict.NONE, own.verdict(0));
            ports.hostA().transmit(own, Side.INSIDE);
            assertEquals(1, XdpTestPorts.receive(ports.inside(), ports.inside().newBatch(4)), "receives again");

            TestNetwork.run("ip", "-n", TestNetwork.A, "link", "delete", "a0");
            assertEquals(Optional.of("interface l0 vanished"), ports.inside().failure());
            ports.inside().transmit(own, Side.INSIDE);
            assertEquals(Verdict.DROP, own.verdict(0));
        }
    }

    @Test
    void all_queues_are_served() throws Exception {
        TestNetwork.run("ip", "-n", TestNetwork.G, "link", "delete", "l0");
        TestNetwork.run("ip", "-n", TestNetwork.A, "link", "add", "a0", "numtxqueues", "2", "numrxqueues", "2", "type", "veth",
            "peer", "name", "l0", "netns", TestNetwork.G, "numtxqueues", "2", "numrxqueues", "2");
        TestNetwork.run("ip", "netns", "exec", TestNetwork.A, "ethtool", "-L", "a0", "rx", "2", "tx", "2");
        TestNetwork.run("ip", "netns", "exec", TestNetwork.G, "ethtool", "-L", "l0", "rx", "2", "tx", "2");
        TestNetwork.run("ip", "-n", TestNetwork.A, "address", "add", "10.9.0.1/24", "dev", "a0");
        TestNetwork.run("ip", "-n", TestNetwork.A, "link", "set", "a0", "up");
        TestNetwork.run("ip", "-n", TestNetwork.A, "neighbour", "replace", "10.9.0.2", "lladdr", "02:00:00:00:0b:02", "dev", "a0");
        final int datagrams = 64;
        try (XdpTestPorts ports = XdpTestPorts.open()) {
            assertEquals(2, ports.inside().sockets().size());
            for (int port = 0; port < datagrams; port++) {
                final int from = 5_000 + port;
                try (DatagramSocket socket = TestNetwork.in(TestNetwork.A, () -> new DatagramSocket(from))) {
                    socket.send(new DatagramPacket(new byte[18], 18, new InetSocketAddress("10.9.0.2", 6_000)));
                }
            }
            final PacketBatch batch = ports.inside().newBatch(2 * datagrams);
            assertEquals(datagrams, XdpTestPorts.receive(ports.inside(), batch));
            for (final XskSocket socket : ports.inside().sockets()) {
                assertNotEquals(0, socket.received().consumed(), "each queue had a share");
            }
            XdpTestPorts.forward(ports.outside(), batch, Side.OUTSIDE);
            ports.inside().release(batch);
            final PacketBatch arrived = ports.hostB().newBatch(2 * datagrams);
            assertEquals(datagrams, XdpTestPorts.receive(ports.hostB(), arrived));
        }
    }

    @Test
    void the_waiter_sleeps_until_a_frame_waits_on_either_side() throws Exception {
        try (XdpTestPorts ports = XdpTestPorts.open()) {
            final long startNs = System.nanoTime();
            ports.pair().waiter().await(20_000_000);
            assertTrue(System.nanoTime() - startNs >= 20_000_000, "no frame waits");
            final PacketBatch batch = PacketBatch.owning(1, 60);
            XdpTestPorts.add(batch, 60, 1);
            ports.hostB().transmit(batch, Side.INSIDE);
            final long sentNs = System.nanoTime();
            ports.pair().waiter().await(20_000_000_000L);
            assertTrue(System.nanoTime() - sentNs < 10_000_000_000L, "a frame waits");
            assertEquals(1, ports.outside().receive(ports.outside().newBatch(4)));
        }
    }

    @Test
    void moves_packets_without_allocating() throws Exception {
        final com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (XdpTestPorts ports = XdpTestPorts.open()) {
            final PacketBatch sent = PacketBatch.owning(32, 60);
            final PacketBatch batch = ports.inside().newBatch(64);
            long least = Long.MAX_VALUE;
            // the first rounds warm up: until it is compiled, a call that catches errno allocates
            for (int round = 0; round < 60 && least != 0; round++) {
                final long before = threads.getCurrentThreadAllocatedBytes();
                assertEquals(16_000, moveFrames(ports, sent, batch, 500));
                least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
            }
            assertEquals(0, least, "bytes allocated for 16,000 packets");
        }
    }

    private static long moveFrames(final XdpTestPorts ports, final PacketBatch sent, final PacketBatch batch, final int rounds) {
        long moved = 0;
        for (int round = 0; round < rounds; round++) {
            sent.clear();
            for (int i = 0; i < 32; i++) {
                XdpTestPorts.add(sent, 60, i);
            }
            ports.hostA().transmit(sent, Side.INSIDE);
            ports.pair().waiter().await(1_000_000);
            while (ports.inside().receive(batch) > 0) {
                moved += batch.size();
                XdpTestPorts.forward(ports.outside(), batch, Side.OUTSIDE);
                ports.inside().release(batch);
            }
            moved += ports.inside().receiveDrops();
        }
        return moved;
    }

    @Test
    void waiting_for_frames_does_not_end_when_the_interface_is_gone() throws Exception {
        try (XdpTestPorts ports = XdpTestPorts.open()) {
            TestNetwork.run("ip", "-n", TestNetwork.A, "link", "delete", "a0");
            ports.pair().waiter().await(1_000_000);
            final long startNs = System.nanoTime();
            ports.pair().waiter().await(5_000_000);
            assertFalse(System.nanoTime() - startNs < 5_000_000, "it would spin");
        }
    }
}
