package io.sallyport.runtime;

import io.sallyport.counter.DestinationUse;
import io.sallyport.counter.PortUse;
import io.sallyport.event.EventLog;
import io.sallyport.wire.Ipv4Address;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Locale;
import java.util.Optional;

/** Logs a warning when public ports run short, and has the event log say so, too. */
final class PortWarnings implements PortUseListener {

    private final Logger logger;
    private final Optional<EventLog> events;

    PortWarnings(final Logger logger, final Optional<EventLog> events) {
        this.logger = logger;
        this.events = events;
    }

    @Override
    public void onPortUse(final PortUse use) {
        logger.log(Level.WARNING, text(use));
        events.ifPresent(log -> log.portsShort(use));
    }

    @Override
    public void onDestinationUse(final DestinationUse use) {
        logger.log(Level.WARNING, text(use));
        events.ifPresent(log -> log.portsShort(use));
    }

    static String text(final PortUse use) {
        final String address = Ipv4Address.format(use.publicAddress());
        return use.taken() >= use.capacity()
            ? String.format(Locale.ROOT, "public address %s: all %,d %s ports are taken, %,d in use and %,d cooling down; who needs "
                + "another is refused", address, use.capacity(), use.protocolName(), use.inUse(), use.cooling())
            : String.format(Locale.ROOT, "public address %s: %,d of %,d %s ports (%d %%) are taken, %,d in use and %,d cooling down",
                address, use.taken(), use.capacity(), use.protocolName(), use.taken() * 100 / use.capacity(), use.inUse(), use.cooling());
    }

    static String text(final DestinationUse use) {
        final String protocol = PortUse.protocolName(use.protocol());
        final String destination = Ipv4Address.format(use.remoteAddress()) + (use.remotePort() == 0 ? "" : ":" + use.remotePort());
        final String address = Ipv4Address.format(use.publicAddress());
        return use.inUse() >= use.capacity()
            ? String.format(Locale.ROOT, "destination %s: all %,d %s ports of public address %s are taken; who needs another is refused",
                destination, use.capacity(), protocol, address)
            : String.format(Locale.ROOT, "destination %s: %,d of %,d %s ports (%d %%) of public address %s are taken", destination,
                use.inUse(), use.capacity(), protocol, use.inUse() * 100 / use.capacity(), address);
    }
}
