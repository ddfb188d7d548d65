package io.sallyport.bench.compare;

import io.sallyport.tools.demo.CommandException;
import io.sallyport.tools.demo.Namespace;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A network made for one measurement and removed after it: hosts on either side of the gateway's namespace.
 *
 * <pre>
 *   inside                               gateway                    outside
 *   eth0 10.77.0.2/24 ────────────────── l0   w0 ─────────────────── eth0 198.51.100.2/24
 *        the hosts of 10.88.0.0/16, which the tester plays, are behind it     and so is 203.0.113.0/24
 * </pre>
 *
 * <p>The hosts' own stacks see TCP and no UDP: that belongs to the tester.
 */
final class Lab implements AutoCloseable {

    /** The gateway's interface on the inside. */
    static final String INSIDE_INTERFACE = "l0";
    /** The gateway's interface on the outside. */
    static final String OUTSIDE_INTERFACE = "w0";
    /** The inside host, router of those behind it. */
    static final String INSIDE_HOST = "10.77.0.2";
    /** The outside host, router of those behind it. */
    static final String OUTSIDE_HOST = "198.51.100.2";
    /** The hosts that the tester plays. */
    static final String HOSTS = "10.88.0.0/16";
    /** MAC address of the inside host. */
    static final String INSIDE_HOST_MAC = "02:00:00:00:00:02";
    /** MAC address of the outside host. */
    static final String OUTSIDE_HOST_MAC = "02:00:00:00:01:02";

    private static final String INSIDE_MAC = "02:00:00:00:00:01";
    private static final String OUTSIDE_MAC = "02:00:00:00:01:01";
    private static final String HOST_INTERFACE = "eth0";
    private static final AtomicInteger SERIAL = new AtomicInteger();

    private final Namespace inside;
    private final Namespace gateway;
    private final Namespace outside;
    private final Thread hook = new Thread(this::remove, "remove namespaces");

    private Lab(final String prefix) {
        Runtime.getRuntime().addShutdownHook(hook);
        inside = Namespace.create(prefix + "-in");
        gateway = Namespace.create(prefix + "-gw");
        outside = Namespace.create(prefix + "-out");
    }

    /** Makes one. */
    static Lab create() {
        final Lab lab = new Lab("sp-bench-" + ProcessHandle.current().pid() + "-" + SERIAL.incrementAndGet());
        try {
            lab.configure();
            return lab;
        } catch (final RuntimeException e) {
            lab.close();
            throw e;
        }
    }

    private void configure() {
        for (final Namespace namespace : List.of(inside, gateway, outside)) {
            namespace.sysctl("net/ipv6/conf/all/disable_ipv6", "1");
            namespace.sysctl("net/ipv6/conf/default/disable_ipv6", "1");
        }
        Namespace.join(inside, HOST_INTERFACE, gateway, INSIDE_INTERFACE);
        Namespace.join(outside, HOST_INTERFACE, gateway, OUTSIDE_INTERFACE);
        mac(inside, HOST_INTERFACE, INSIDE_HOST_MAC);
        mac(outside, HOST_INTERFACE, OUTSIDE_HOST_MAC);
        mac(gateway, INSIDE_INTERFACE, INSIDE_MAC);
        mac(gateway, OUTSIDE_INTERFACE, OUTSIDE_MAC);
        inside.run("ip", "address", "add", INSIDE_HOST + "/24", "dev", HOST_INTERFACE);
        outside.run("ip", "address", "add", OUTSIDE_HOST + "/24", "dev", HOST_INTERFACE);
        inside.run("ip", "route", "add", "default", "via", "10.77.0.1");
        outside.run("ip", "route", "add", "default", "via", "198.51.100.1");
        inside.run("ip", "neighbour", "replace", "10.77.0.1", "lladdr", INSIDE_MAC, "dev", HOST_INTERFACE);
        outside.run("ip", "neighbour", "replace", "198.51.100.1", "lladdr", OUTSIDE_MAC, "dev", HOST_INTERFACE);
        ignore(inside, HOST_INTERFACE, "ip protocol udp drop");
        ignore(outside, HOST_INTERFACE, "ip protocol udp drop");
    }

    private static void mac(final Namespace host, final String interfaceName, final String mac) {
        host.run("ip", "link", "set", interfaceName, "address", mac);
    }

    /** Keeps what arrives from the stack of a host, but not from packet sockets. */
    static void ignore(final Namespace host, final String interfaceName, final String rule) {
        final String chain = "netdev ignore " + interfaceName;
        host.run("nft", "add table netdev ignore; add chain " + chain + " { type filter hook ingress device " + interfaceName
            + " priority 0; }; add rule " + chain + " " + rule);
    }

    /** The inside host. */
    Namespace inside() {
        return inside;
    }

    /** The gateway. */
    Namespace gateway() {
        return gateway;
    }

    /** The outside host. */
    Namespace outside() {
        return outside;
    }

    /** The tester's inside, as its command line wants it. */
    String insideSide() {
        return inside.name() + ":" + HOST_INTERFACE + ":" + INSIDE_MAC;
    }

    /** The tester's outside, as its command line wants it. */
    String outsideSide() {
        return outside.name() + ":" + HOST_INTERFACE + ":" + OUTSIDE_MAC;
    }

    private void remove() {
        for (final Namespace namespace : new Namespace[] {inside, gateway, outside}) {
            try {
                if (namespace != null) {
                    namespace.close();
                }
            } catch (final CommandException e) {
                System.err.println("compare: " + e.getMessage());
            }
        }
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (final IllegalStateException e) {
            return;
        }
        remove();
    }
}
