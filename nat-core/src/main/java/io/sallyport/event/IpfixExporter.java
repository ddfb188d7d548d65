package io.sallyport.event;

import io.sallyport.config.EventsConfig.Collector;
import io.sallyport.config.NatConfig.Limits;
import io.sallyport.wire.Ipv4Address;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.concurrent.TimeUnit;
import org.agrona.CloseHelper;

/**
 * Sends events to a collector as IPFIX over UDP (RFC 7011; RFC 8158 for what they say). Messages fit into a packet of any link. The
 * templates go with the first message and then with one each minute, since UDP may have lost them (RFC 7011, section 10.3.6 and 8.1).
 *
 * <p>One thread at a time.
 */
final class IpfixExporter implements AutoCloseable {

    static final int NAT44_SESSION_CREATE = 4;
    static final int NAT44_SESSION_DELETE = 5;
    static final int NAT44_BIB_CREATE = 8;
    static final int NAT44_BIB_DELETE = 9;
    static final int PORTS_EXHAUSTED = 12;
    static final int QUOTA_EXCEEDED = 13;
    static final int PORT_BLOCK_ALLOCATION = 16;
    static final int PORT_BLOCK_DEALLOCATION = 17;

    private static final Logger LOGGER = System.getLogger(IpfixExporter.class.getName());
    private static final int VERSION = 10;
    private static final int SET_HEADER_LENGTH = 4;
    private static final int TEMPLATE_SET = 2;
    private static final int LONGEST_MESSAGE_LENGTH = 1400;
    private static final int MAXIMUM_SESSIONS = 1;
    private static final int MAXIMUM_PER_HOST = 3;
    private static final long TEMPLATE_INTERVAL_NS = TimeUnit.MINUTES.toNanos(1);

    private final DatagramChannel channel;
    private final Limits limits;
    private final int domain;
    private final ByteBuffer message = ByteBuffer.allocateDirect(LONGEST_MESSAGE_LENGTH);
    private IpfixTemplate openSet;
    private int setStart;
    private int records;
    private int sequence;
    private long templatesNs = Long.MIN_VALUE;
    private long exported;
    private long lost;
    private boolean failing;

    private IpfixExporter(final DatagramChannel channel, final Limits limits, final int domain) {
        this.channel = channel;
        this.limits = limits;
        this.domain = domain;
    }

    /**
     * Opens the way to a collector, which need not be there.
     *
     * @param limits what quotas are said to be
     * @param domain the observation domain
     * @throws IOException with one line for the user, when the system has no route to it
     */
    static IpfixExporter open(final Collector collector, final Limits limits, final int domain) throws IOException {
        final InetSocketAddress address = new InetSocketAddress(Ipv4Address.format(collector.address()), collector.port());
        DatagramChannel channel = null;
        try {
            channel = DatagramChannel.open();
            channel.configureBlocking(false);
            channel.connect(address);
            return new IpfixExporter(channel, limits, domain);
        } catch (final IOException failure) {
            CloseHelper.quietClose(channel);
            throw new IOException("events.ipfix: " + address.getHostString() + ": " + failure.getMessage(), failure);
        }
    }

    /** Adds an event to the message, which is sent when it is full. */
    void event(final EventKind kind, final Event event, final long epochNs) {
        switch (kind) {
            case CREATED -> binding(event, epochNs, NAT44_BIB_CREATE, NAT44_SESSION_CREATE);
            case ENDED -> binding(event, epochNs, NAT44_BIB_DELETE, NAT44_SESSION_DELETE);
            case BLOCK_CLAIMED -> block(event, epochNs, PORT_BLOCK_ALLOCATION);
            case BLOCK_RETURNED -> block(event, epochNs, PORT_BLOCK_DEALLOCATION);
            case REFUSED -> refused(event, epochNs);
            default -> {
                // lines about the file
            }
        }
    }

    /** Sends what there is. */
    void flush(final long epochNs) {
        if (records == 0) {
            return;
        }
        closeSet();
        message.putShort(2, (short) message.position());
        message.putInt(4, (int) TimeUnit.NANOSECONDS.toSeconds(epochNs));
        message.putInt(8, sequence);
        message.flip();
        try {
            if (channel.write(message) == 0) {
                lost += records;
            } else {
                sequence += records;
                exported += records;
                failing = false;
            }
        } catch (final IOException failure) {
            lost += records;
            if (!failing) {
                failing = true;
                LOGGER.log(Level.WARNING, "events.ipfix: the collector takes no events, the gateway goes on: {0}", failure.getMessage());
            }
        }
        records = 0;
        message.clear();
    }

    /** Events that were sent. */
    long exported() {
        return exported;
    }

    /** Events that the system did not send. */
    long lost() {
        return lost;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    private void binding(final Event event, final long epochNs, final int bindingEvent, final int sessionEvent) {
        final boolean isSession = event.hasDestination();
        begin(isSession ? IpfixTemplate.SESSION : IpfixTemplate.BINDING, epochNs, isSession ? sessionEvent : bindingEvent);
        message.putInt(event.insideAddress()).putInt(event.publicAddress());
        message.put((byte) EventProtocols.number(event.protocol()));
        message.putShort((short) event.insidePort()).putShort((short) event.publicPort());
        if (isSession) {
            message.putInt(event.destinationAddress()).putInt(event.destinationAddress());
            message.putShort((short) event.destinationPort()).putShort((short) event.destinationPort());
        }
    }

    private void block(final Event event, final long epochNs, final int natEvent) {
        begin(IpfixTemplate.PORT_BLOCK, epochNs, natEvent);
        message.putInt(0).putInt(event.publicAddress());
        message.put((byte) EventProtocols.number(event.protocol()));
        message.putShort((short) event.publicPort()).putShort((short) event.insidePort()).putInt(event.detail());
    }

    private void refused(final Event event, final long epochNs) {
        switch (Refusal.of(event.detail())) {
            case NO_PORT -> {
                begin(IpfixTemplate.PORTS_EXHAUSTED, epochNs, PORTS_EXHAUSTED);
                message.putInt(event.publicAddress()).put((byte) EventProtocols.number(event.protocol()));
            }
            case TABLE_FULL -> {
                begin(IpfixTemplate.SESSIONS_EXCEEDED, epochNs, QUOTA_EXCEEDED);
                message.putInt(MAXIMUM_SESSIONS).putInt(limits.connections());
            }
            case HOST_LIMIT -> {
                begin(IpfixTemplate.HOST_EXCEEDED, epochNs, QUOTA_EXCEEDED);
                message.putInt(MAXIMUM_PER_HOST).putInt(limits.perHost()).putInt(event.insideAddress());
            }
            default -> {
                // RFC 8158 has no word for a rate
            }
        }
    }

    /** Makes room for a record, and begins it with the fields that all have. */
    private void begin(final IpfixTemplate template, final long epochNs, final int natEvent) {
        if (message.position() + SET_HEADER_LENGTH + template.recordLength() > LONGEST_MESSAGE_LENGTH) {
            flush(epochNs);
        }
        if (message.position() == 0) {
            beginMessage(epochNs);
        }
        if (openSet != template) {
            closeSet();
            openSet = template;
            setStart = message.position();
            message.putShort((short) template.id()).putShort((short) 0);
        }
        records++;
        message.putLong(TimeUnit.NANOSECONDS.toMillis(epochNs)).put((byte) natEvent);
    }

    /** Length, time of export and sequence number follow when it is sent. */
    private void beginMessage(final long epochNs) {
        message.putShort((short) VERSION).putShort((short) 0).putInt(0).putInt(0).putInt(domain);
        if (templatesNs == Long.MIN_VALUE || Math.abs(epochNs - templatesNs) >= TEMPLATE_INTERVAL_NS) {
            templatesNs = epochNs;
            int length = SET_HEADER_LENGTH;
            for (final IpfixTemplate template : IpfixTemplate.values()) {
                length += template.templateLength();
            }
            message.putShort((short) TEMPLATE_SET).putShort((short) length);
            for (final IpfixTemplate template : IpfixTemplate.values()) {
                template.put(message);
            }
        }
    }

    private void closeSet() {
        if (openSet != null) {
            message.putShort(setStart + 2, (short) (message.position() - setStart));
            openSet = null;
        }
    }
}
