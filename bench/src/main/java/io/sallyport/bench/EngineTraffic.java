package io.sallyport.bench;

import io.sallyport.config.GatewayConfig;
import io.sallyport.config.InterfaceConfig;
import io.sallyport.config.NatConfig;
import io.sallyport.config.NatConfig.Limits;
import io.sallyport.config.NatConfig.Mapping;
import io.sallyport.counter.Counter;
import io.sallyport.engine.Egress.Transmitter;
import io.sallyport.engine.Engine;
import io.sallyport.engine.EngineOptions;
import io.sallyport.engine.NatPipeline;
import io.sallyport.packet.PacketBatch;
import io.sallyport.packet.Side;
import io.sallyport.wire.Checksum;
import io.sallyport.wire.Ethernet;
import io.sallyport.wire.Ipv4;
import io.sallyport.wire.Ipv4Address;
import io.sallyport.wire.Tcp;
import io.sallyport.wire.Udp;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jmh.annotations.CompilerControl;

/**
 * An engine with live connections, and the packets of them: each batch one packet each of 64 connections that a fixed random order
 * names. All packets of a kind differ from a template in one endpoint and the checksums, which are computed beforehand, so that writing
 * them costs little and touches no memory but the packets and the order, which is read from front to back.
 */
final class EngineTraffic implements AutoCloseable {

    /** Packets in a batch. */
    static final int BATCH = 64;
    /** Length of a frame, the shortest that Ethernet knows. */
    static final int FRAME_LENGTH = 60;

    private static final int ORDER_LENGTH = 1 << 20;
    private static final int HOST_FLOWS = 1_000;
    private static final int MOST_HOSTS = 1_000;
    /** Hosts fall on public addresses at random: with many flows each, there must be far more addresses than would do. */
    private static final int ADDRESSES_FOR_LARGE_HOSTS = 2_000;
    private static final int FIRST_PORT = 1024;
    private static final int FIRST_HOST = Ipv4Address.parse("10.77.0.2");
    private static final int POOL = Ipv4Address.parse("198.51.0.0");
    private static final int FLOWS_PER_PUBLIC_ADDRESS = 40_000;
    private static final int ROUTER = Ipv4Address.parse("198.51.100.2");
    private static final int REMOTE = Ipv4Address.parse("203.0.113.5");
    private static final int REMOTE_PORT = 53;
    private static final long INSIDE_MAC = 0x0200_0000_0001L;
    private static final long OUTSIDE_MAC = 0x0200_0000_0002L;
    private static final long HOST_MAC = 0x0200_0000_0A01L;
    private static final long ROUTER_MAC = 0x0200_0000_0B01L;
    private static final int L3 = Ethernet.HEADER_LENGTH;
    private static final int L4 = L3 + Ipv4.MIN_HEADER_LENGTH;
    private static final int TCP_SEQUENCE = 1_000_000;

    private final Transmitter nowhere = (batch, side) -> { };
    private final PacketBatch batch = PacketBatch.owning(BATCH, 128);
    private final UnsafeBuffer template = new UnsafeBuffer(new byte[64]);
    private final int protocol;
    private final Side side;
    private final Engine engine;
    private final NatPipeline nat;
    /** Endpoint that packet {@code i} differs in: 32 bits address, 16 bits port, raw, and below the checksums of IP and transport. */
    private final long[] endpoints = new long[ORDER_LENGTH];
    private final int[] checksums = new int[ORDER_LENGTH];
    private final long[] words = new long[8];
    private final int flowsPerHost;
    private final int addressOffset;
    private final int portOffset;
    private final int checksumOffset;
    private int next;
    private long nowNs = System.nanoTime();

    /**
     * Opens the connections.
     *
     * @param protocol    {@link Ipv4#UDP} or {@link Ipv4#TCP}
     * @param side        where the packets arrive
     * @param connections number of connections, each from an inside endpoint of its own
     */
    EngineTraffic(final int protocol, final Side side, final int connections, final Mapping mapping, final int capacity) {
        this(protocol, side, connections, connections, mapping, capacity);
    }

    /** The same, with public addresses for {@code most} connections. */
    EngineTraffic(
        final int protocol, final Side side, final int connections, final int most, final Mapping mapping, final int capacity) {
        this.protocol = protocol;
        this.side = side;
        addressOffset = L3 + (side == Side.INSIDE ? Ipv4.SOURCE_OFFSET : Ipv4.DESTINATION_OFFSET);
        portOffset = L4 + (side == Side.INSIDE ? 0 : Short.BYTES);
        checksumOffset = L4 + (protocol == Ipv4.TCP ? Tcp.CHECKSUM_OFFSET : Udp.CHECKSUM_OFFSET);
        flowsPerHost = flowsPerHost(most);
        try {
            engine = Engine.create(config(most, mapping, capacity), EngineOptions.inMemory(), System.nanoTime());
        } catch (final IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        nat = NatPipeline.over(engine);
        nat.adviseHugePages();
        final long[] publicEndpoints = open(connections);
        plan(connections, publicEndpoints);
    }

    /** A gateway with as many public addresses as so many connections take. */
    static GatewayConfig config(final int connections, final Mapping mapping, final int capacity) {
        final GatewayConfig config = GatewayConfig.of(
            InterfaceConfig.of("l0", "10.77.0.1/16"),
            InterfaceConfig.of("w0", "198.51.100.1/16").withGateway(ROUTER)
                .withNeighbours(List.of(new InterfaceConfig.Neighbour(ROUTER, ROUTER_MAC))));
        final int addresses = flowsPerHost(connections) == HOST_FLOWS
            ? connections / FLOWS_PER_PUBLIC_ADDRESS + 1 : ADDRESSES_FOR_LARGE_HOSTS;
        final NatConfig nat = config.nat().withMapping(mapping).withLimits(new Limits(capacity, 0, 0))
            .withPool(List.of(new NatConfig.AddressRange(POOL + 1, POOL + addresses)), config.nat().ports());
        return config.withNat(nat).withInterfaces(config.inside().withNeighbours(neighbours()), config.outside());
    }

    private static int flowsPerHost(final int connections) {
        return Math.max(HOST_FLOWS, connections / MOST_HOSTS + 1);
    }

    private static List<InterfaceConfig.Neighbour> neighbours() {
        return IntStream.rangeClosed(0, MOST_HOSTS)
            .mapToObj(host -> new InterfaceConfig.Neighbour(FIRST_HOST + host, HOST_MAC)).toList();
    }

    private long[] open(final int connections) {
        final long[] publicEndpoints = new long[connections];
        for (int flow = 0; flow < connections; flow++) {
            final long inside = endpoint(FIRST_HOST + flow / flowsPerHost, FIRST_PORT + flow % flowsPerHost);
            batch.clear();
            write(Side.INSIDE, inside, Tcp.SYN, TCP_SEQUENCE - 1);
            process(Side.INSIDE);
            final UnsafeBuffer frames = batch.frames();
            final int port = Short.reverseBytes(frames.getShort(batch.l4Offset(0))) & 0xFFFF;
            publicEndpoints[flow] = endpoint(Ipv4.source(frames, batch.l3Offset(0)), port);
            batch.clear();
            write(Side.OUTSIDE, publicEndpoints[flow], Tcp.SYN | Tcp.ACK, TCP_SEQUENCE - 1);
            process(Side.OUTSIDE);
            if (protocol == Ipv4.TCP) {
                batch.clear();
                write(Side.INSIDE, inside, Tcp.ACK, TCP_SEQUENCE);
                process(Side.INSIDE);
            }
        }
        return publicEndpoints;
    }

    /** Writes a packet that differs in the given endpoint, checksums and all. */
    private void write(final Side from, final long endpoint, final int tcpFlags, final int sequence) {
        final int i = batch.claim(FRAME_LENGTH);
        final UnsafeBuffer frames = batch.frames();
        final int frame = batch.offset(i);
        final boolean outbound = from == Side.INSIDE;
        final int address = (int) (endpoint >>> 16);
        final int port = (int) endpoint & 0xFFFF;
        Ethernet.header(
            frames, frame, outbound ? INSIDE_MAC : OUTSIDE_MAC, outbound ? HOST_MAC : ROUTER_MAC, Ethernet.TYPE_IPV4);
        frames.setMemory(frame + L3, FRAME_LENGTH - L3, (byte) 0);
        Ipv4.header(frames, frame + L3, FRAME_LENGTH - L3, 0, Ipv4.DONT_FRAGMENT, 64, protocol,
            outbound ? address : REMOTE, outbound ? REMOTE : address);
        final int l4 = frame + L4;
        frames.putShort(l4, Short.reverseBytes((short) (outbound ? port : REMOTE_PORT)));
        frames.putShort(l4 + Short.BYTES, Short.reverseBytes((short) (outbound ? REMOTE_PORT : port)));
        final int length = FRAME_LENGTH - L4;
        if (protocol == Ipv4.TCP) {
            frames.putInt(l4 + 4, Integer.reverseBytes(sequence));
            frames.putInt(l4 + 8, Integer.reverseBytes((tcpFlags & Tcp.ACK) != 0 ? TCP_SEQUENCE : 0));
            frames.putShort(l4 + 12, Short.reverseBytes((short) (5 << 12 | tcpFlags)));
            frames.putShort(l4 + 14, (short) -1);
        } else {
            frames.putShort(l4 + Udp.LENGTH_OFFSET, Short.reverseBytes((short) length));
        }
        final long pseudo = Checksum.sum(frames, frame + L3 + Ipv4.SOURCE_OFFSET, 8) + protocol + length;
        frames.putShort(frame + checksumOffset, Short.reverseBytes((short) Checksum.finish(pseudo + Checksum.sum(frames, l4, length))));
    }


    /** Draws the order, and takes template and differences from whole packets. */
    private void plan(final int connections, final long[] publicEndpoints) {
        final SplittableRandom random = new SplittableRandom(1);
        for (int k = 0; k < ORDER_LENGTH; k++) {
            final int flow = random.nextInt(connections);
            final long endpoint = side == Side.INSIDE
                ? endpoint(FIRST_HOST + flow / flowsPerHost, FIRST_PORT + flow % flowsPerHost) : publicEndpoints[flow];
            batch.clear();
            write(side, endpoint, Tcp.ACK | Tcp.PSH, TCP_SEQUENCE);
            final UnsafeBuffer frames = batch.frames();
            final int frame = batch.offset(0);
            endpoints[k] = frames.getInt(frame + addressOffset) & 0xFFFF_FFFFL | (long) frames.getShort(frame + portOffset) << 32;
            checksums[k] = frames.getShort(frame + L3 + Ipv4.CHECKSUM_OFFSET) & 0xFFFF | frames.getShort(frame + checksumOffset) << 16;
            template.putBytes(0, frames, frame, FRAME_LENGTH);
        }
        for (int word = 0; word < words.length; word++) {
            words[word] = template.getLong(word * Long.BYTES);
        }
    }

    private static long endpoint(final int address, final int port) {
        return (address & 0xFFFF_FFFFL) << 16 | port;
    }

    /** Clears the batch and writes the next packets; by itself, so that it costs the same wherever it is called. */
    @CompilerControl(CompilerControl.Mode.DONT_INLINE)
    PacketBatch fill() {
        batch.clear();
        final UnsafeBuffer frames = batch.frames();
        for (int i = 0; i < BATCH; i++) {
            batch.claim(FRAME_LENGTH);
            final int frame = batch.offset(i);
            for (int word = 0; word < 7; word++) {
                frames.putLong(frame + word * Long.BYTES, words[word]);
            }
            frames.putInt(frame + 56, (int) words[7]);
            final int k = next++ & ORDER_LENGTH - 1;
            frames.putInt(frame + addressOffset, (int) endpoints[k]);
            frames.putShort(frame + portOffset, (short) (endpoints[k] >>> 32));
            frames.putShort(frame + L3 + Ipv4.CHECKSUM_OFFSET, (short) checksums[k]);
            frames.putShort(frame + checksumOffset, (short) (checksums[k] >>> 16));
        }
        nowNs += 1_000;
        return batch;
    }

    /** Clears the batch and writes the first packet of each of the next connections, whose numbers go on from {@code first}. */
    void fillNew(final int first) {
        batch.clear();
        for (int flow = first; flow < first + BATCH; flow++) {
            write(Side.INSIDE, endpoint(FIRST_HOST + flow / flowsPerHost, FIRST_PORT + flow % flowsPerHost), Tcp.SYN, TCP_SEQUENCE - 1);
        }
    }

    /** The time, which the benchmark may set forward. */
    void pass(final long ns) {
        nowNs += ns;
    }

    /** Runs what is due, all of it. */
    void poll() {
        while (nat.poll(nowNs, nowhere) > 0) {
            // until nothing is due
        }
    }

    /** Connections that live. */
    long active() {
        return nat.count(protocol == Ipv4.TCP ? Counter.ACTIVE_CONNECTIONS_TCP : Counter.ACTIVE_CONNECTIONS_UDP);
    }

    /** Has the batch translated. */
    void process() {
        process(side);
    }

    private void process(final Side from) {
        batch.arrived(from, nowNs);
        nat.process(batch, nowNs);
        nat.finish(batch, nowhere, nowNs);
    }

    /** The engine, to turn its stages by hand. */
    Engine engine() {
        return engine;
    }

    /** Fills the batch, whose time and side of arrival are set. */
    PacketBatch arrive() {
        fill();
        batch.arrived(side, nowNs);
        return batch;
    }

    /** The time. */
    long nowNs() {
        return nowNs;
    }

    /** The batch that was processed last. */
    PacketBatch batch() {
        return batch;
    }

    /**
     * Checks that a batch comes out translated, checksums and all, and that nothing was dropped since the beginning.
     *
     * @throws IllegalStateException if not
     */
    void verify() {
        verifyTranslation();
        final long in = nat.count(Counter.PACKETS_IN_FROM_SOURCE) + nat.count(Counter.PACKETS_IN_FROM_DESTINATION);
        final long out = nat.count(Counter.PACKETS_OUT_TO_SOURCE) + nat.count(Counter.PACKETS_OUT_TO_DESTINATION);
        if (in != out) {
            throw new IllegalStateException(in - out + " of " + in + " packets were not forwarded");
        }
    }

    /**
     * Checks that a batch comes out translated, checksums and all.
     *
     * @throws IllegalStateException if not
     */
    void verifyTranslation() {
        fill();
        process();
        final UnsafeBuffer frames = batch.frames();
        for (int i = 0; i < BATCH; i++) {
            final int l3 = batch.l3Offset(i);
            final int address = side == Side.INSIDE ? Ipv4.source(frames, l3) : Ipv4.destination(frames, l3);
            final boolean isTranslated = side == Side.INSIDE
                ? address - POOL > 0 && address - POOL < 4096 : address - FIRST_HOST >= 0 && address - FIRST_HOST < 1 << 16;
            final long pseudo = Checksum.sum(frames, l3 + Ipv4.SOURCE_OFFSET, 8) + protocol + FRAME_LENGTH - L4;
            if (!isTranslated || Checksum.finish(Checksum.sum(frames, l3, Ipv4.MIN_HEADER_LENGTH)) != 0
                || Checksum.finish(pseudo + Checksum.sum(frames, batch.l4Offset(i), FRAME_LENGTH - L4)) != 0) {
                throw new IllegalStateException("packet " + i + " is not translated as it should be: " + Ipv4Address.format(address));
            }
        }
    }

    @Override
    public void close() {
        nat.close();
    }
}
