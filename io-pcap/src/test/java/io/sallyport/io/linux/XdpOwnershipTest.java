package io.sallyport.io.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.PacketPort;
import io.sallyport.packet.Side;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Every chunk of the frame memory is in exactly one place, whatever happens to the frames: see {@link Umem}. */
@Tag("root")
class XdpOwnershipTest {

    private static final int ROUNDS = 2_000;
    private static final int MOST_UNDER_WAY = 12;
    private static final int BATCH = 64;

    /** A batch on its way, and the port that has to get it back. */
    private record UnderWay(PacketPort port, PacketBatch batch) {
    }

    private TestNetwork network;
    private XdpTestPorts ports;
    private final Deque<UnderWay> underWay = new ArrayDeque<>();
    private final PacketBatch fromHosts = PacketBatch.owning(BATCH, 1_514);
    private final PacketBatch own = PacketBatch.owning(16, 1_514);

    @BeforeEach
    void open() throws Exception {
        network = TestNetwork.create();
        network.up();
        ports = XdpTestPorts.open();
    }

    @AfterEach
    void close() throws Exception {
        if (ports != null) {
            ports.close();
        }
        if (network != null) {
            network.close();
        }
    }

    @Test
    void no_chunk_is_lost_or_in_two_places_after_random_traffic() {
        final long seed = System.nanoTime();
        final Random random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            send(ports.hostA(), random.nextInt(BATCH));
            send(ports.hostB(), random.nextInt(BATCH));
            receive(ports.inside(), random);
            receive(ports.outside(), random);
            originate(random);
            if (underWay.size() > MOST_UNDER_WAY || random.nextInt(4) == 0) {
                finishOldest(random);
            }
            assertEquals(ports.inside().umem().chunks(), countedChunks(), "round " + round + ", seed " + seed);
        }
        while (!underWay.isEmpty()) {
            finishOldest(random);
        }
        assertEveryChunkOnce("seed " + seed);
    }

    private void send(final AfPacketPort host, final int count) {
        fromHosts.clear();
        for (int i = 0; i < count; i++) {
            XdpTestPorts.add(fromHosts, 60 + i, i);
        }
        host.transmit(fromHosts, Side.INSIDE);
        final PacketBatch heard = host.newBatch(BATCH);
        while (host.receive(heard) > 0) {
            host.release(heard);
        }
    }

    private void receive(final XdpPort port, final Random random) {
        final PacketBatch batch = port.newBatch(BATCH);
        if (port.receive(batch) > 0) {
            for (int i = 0; i < batch.size(); i++) {
                batch.egress(i, (byte) (random.nextInt(3) - 1));
            }
            underWay.add(new UnderWay(port, batch));
        }
    }

    /** What the gateway says itself, some of it too long for the link. */
    private void originate(final Random random) {
        own.clear();
        for (int i = random.nextInt(16); i > 0; i--) {
            final int row = XdpTestPorts.add(own, 60 + random.nextInt(1_455), i);
            own.egress(row, (byte) random.nextInt(2));
            own.length(row, random.nextInt(20) == 0 ? 1_515 : own.length(row));
        }
        ports.inside().transmit(own, Side.INSIDE);
        ports.outside().transmit(own, Side.OUTSIDE);
    }

    private void finishOldest(final Random random) {
        final UnderWay oldest = underWay.poll();
        if (oldest != null) {
            ports.inside().transmit(oldest.batch, Side.INSIDE);
            ports.outside().transmit(oldest.batch, Side.OUTSIDE);
            if (random.nextInt(8) == 0) {
                // twice: a frame that was handed on is not handed on again
                ports.outside().transmit(oldest.batch, Side.OUTSIDE);
            }
            oldest.port.release(oldest.batch);
            if (random.nextInt(8) == 0) {
                oldest.port.release(oldest.batch);
            }
        }
    }

    private int countedChunks() {
        int count = ports.inside().umem().freeChunks();
        for (final XskSocket socket : sockets()) {
            count += socket.filling().produced() - socket.received().consumed();
            count += socket.transmitting().produced() - socket.completed().consumed();
        }
        for (final UnderWay each : underWay) {
            for (int i = 0; i < each.batch.size(); i++) {
                count += each.batch.descriptor(i) == Umem.HANDED_ON ? 0 : 1;
            }
        }
        return count;
    }

    private List<XskSocket> sockets() {
        final List<XskSocket> all = new ArrayList<>(ports.inside().sockets());
        all.addAll(ports.outside().sockets());
        return all;
    }

    /** Takes all free chunks, then has frames arrive until the fill rings are empty: each chunk turns up once. */
    private void assertEveryChunkOnce(final String what) {
        ports.inside().receiveDrops();
        ports.outside().receiveDrops();
        final Umem umem = ports.inside().umem();
        final Set<Integer> seen = new HashSet<>();
        for (int chunk = umem.take(); chunk != Umem.HANDED_ON; chunk = umem.take()) {
            assertTrue(seen.add(chunk), "free twice, " + what);
        }
        drain(ports.inside(), ports.hostA(), seen, what);
        drain(ports.outside(), ports.hostB(), seen, what);
        assertEquals(umem.chunks(), seen.size(), what);
    }

    private void drain(final XdpPort port, final AfPacketPort host, final Set<Integer> seen, final String what) {
        final XskSocket socket = port.sockets().getFirst();
        final PacketBatch batch = port.newBatch(2 * BATCH);
        while (socket.filling().produced() != socket.received().consumed()) {
            send(host, Math.min(BATCH, socket.filling().produced() - socket.received().consumed()));
            assertTrue(XdpTestPorts.receive(port, batch) > 0, "the kernel keeps a chunk, " + what);
            for (int i = 0; i < batch.size(); i++) {
                assertTrue(seen.add(batch.descriptor(i)), "in two places, " + what);
            }
        }
    }
}
