package io.sallyport.runtime;

import io.sallyport.counter.DestinationUse;
import io.sallyport.counter.PortUse;

/**
 * Hears that public ports run short: when four fifths of them are taken, and when all are. Each is said once, and again only after fewer
 * than seven tenths were. The gateway's control thread calls, up to ten times a second; it must not be kept waiting.
 */
public interface PortUseListener {

    /** Ports of a public address and protocol run short, with endpoint-independent mapping. */
    void onPortUse(PortUse use);

    /** The ports that a public address has for one destination run short, with endpoint-dependent mapping. */
    void onDestinationUse(DestinationUse use);
}
