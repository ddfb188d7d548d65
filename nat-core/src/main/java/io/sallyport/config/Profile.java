package io.sallyport.config;

import io.sallyport.config.NatConfig.Mapping;
import io.sallyport.config.NatConfig.OnIdle;
import io.sallyport.config.NatConfig.Timeouts;
import java.util.concurrent.TimeUnit;

/** Presets for mapping, timeouts and idle behaviour: those of the RFCs, and those that the clouds' gateways publish. */
public enum Profile {
    /** RFC 4787, 5382, 5508. */
    RFC(Mapping.ENDPOINT_INDEPENDENT, 7440, 240, 300, 60, OnIdle.RESET_BOTH),
    /** AWS NAT Gateway. */
    AWS(Mapping.ENDPOINT_DEPENDENT, 350, 350, 350, 350, OnIdle.RESET_INSIDE),
    /** Google Cloud NAT. */
    GCP(Mapping.ENDPOINT_DEPENDENT, 1200, 30, 30, 30, OnIdle.OFF),
    /** Azure NAT Gateway. */
    AZURE(Mapping.ENDPOINT_DEPENDENT, 240, 240, 240, 240, OnIdle.RESET_BOTH);

    private final Mapping mapping;
    private final OnIdle onIdle;
    private final Timeouts timeouts;

    Profile(
        final Mapping mapping,
        final int tcpEstablishedSeconds,
        final int tcpTransitorySeconds,
        final int udpSeconds,
        final int icmpSeconds,
        final OnIdle onIdle) {
        this.mapping = mapping;
        this.onIdle = onIdle;
        this.timeouts = new Timeouts(seconds(tcpEstablishedSeconds), seconds(tcpTransitorySeconds), seconds(6),
            seconds(udpSeconds), seconds(icmpSeconds), seconds(2), seconds(120));
    }

    /** What a public port stands for. */
    public Mapping mapping() {
        return mapping;
    }

    /** Who is told when a connection idles out. */
    public OnIdle onIdle() {
        return onIdle;
    }

    /** How long silence lasts before state ends. */
    public Timeouts timeouts() {
        return timeouts;
    }

    private static long seconds(final int count) {
        return TimeUnit.SECONDS.toNanos(count);
    }
}
