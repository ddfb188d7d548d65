package io.sallyport.tools.demo;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Three machines in a row, made of network namespaces and veth pairs with the offloads that those have by default:
 *
 * <pre>
 *   inside host                gateway                    outside host
 *   eth0 10.77.0.2/24 ─────── l0     w0 ─────────────── eth0 198.51.100.2/24
 *   default via 10.77.0.1                               lo   203.0.113.10/32
 * </pre>
 *
 * <p>The gateway's namespace has no addresses: they belong to the program. The outside host has no route but that to its own network,
 * so that a packet which leaves untranslated is never answered. All of it is removed when this object is closed, and when the Java
 * machine ends without that.
 */
public final class Network implements AutoCloseable {

    /** The inside host's address. */
    public static final String INSIDE_HOST = "10.77.0.2";
    /** The gateway's address on the inside. */
    public static final String GATEWAY_INSIDE = "10.77.0.1";
    /** The gateway's address on the outside. */
    public static final String GATEWAY_OUTSIDE = "198.51.100.1";
    /** The outside host's address on the link. */
    public static final String OUTSIDE_HOST = "198.51.100.2";
    /** An address of the outside host that only the default route leads to. */
    public static final String FAR_HOST = "203.0.113.10";
    /** The interface of each host. */
    public static final String HOST_INTERFACE = "eth0";
    /** The gateway's interface on the inside. */
    public static final String INSIDE_INTERFACE = "l0";
    /** The gateway's interface on the outside. */
    public static final String OUTSIDE_INTERFACE = "w0";

    private static final AtomicInteger SERIAL = new AtomicInteger();
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Namespace inside;
    private final Namespace gateway;
    private final Namespace outside;
    private final Thread hook = new Thread(this::remove, "remove namespaces");

    private Network(final Namespace inside, final Namespace gateway, final Namespace outside) {
        this.inside = inside;
        this.gateway = gateway;
        this.outside = outside;
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** A network of three namespaces whose names begin with {@code prefix} and are no other's. */
    public static Network create(final String prefix) {
        final String unique = prefix + "-" + ProcessHandle.current().pid() + "-" + SERIAL.incrementAndGet();
        return configured(Namespace.create(unique + "-in"), unique);
    }

    /** A network in which this process's own namespace is the inside host. */
    public static Network aroundThisProcess(final String prefix) {
        Command.run(PATIENCE, "ip", "link", "set", "lo", "up").orThrow();
        return configured(Namespace.current(), prefix);
    }

    private static Network configured(final Namespace inside, final String unique) {
        final Network network = new Network(inside, Namespace.create(unique + "-gw"), Namespace.create(unique + "-out"));
        try {
            network.configure();
            return network;
        } catch (final RuntimeException e) {
            network.close();
            throw e;
        }
    }

    private void configure() {
        Namespace.join(inside, HOST_INTERFACE, gateway, INSIDE_INTERFACE);
        Namespace.join(outside, HOST_INTERFACE, gateway, OUTSIDE_INTERFACE);
        inside.run("ip", "address", "add", INSIDE_HOST + "/24", "dev", HOST_INTERFACE);
        inside.run("ip", "route", "add", "default", "via", GATEWAY_INSIDE);
        outside.run("ip", "address", "add", OUTSIDE_HOST + "/24", "dev", HOST_INTERFACE);
        outside.run("ip", "address", "add", FAR_HOST + "/32", "dev", "lo");
    }

    /** The inside host. */
    public Namespace inside() {
        return inside;
    }

    /** The machine between. */
    public Namespace gateway() {
        return gateway;
    }

    /** The outside host. */
    public Namespace outside() {
        return outside;
    }

    /** Makes the kernel of the gateway's namespace route and masquerade: a gateway to compare with. */
    public void startKernelGateway() {
        gateway.run("ip", "address", "add", GATEWAY_INSIDE + "/24", "dev", INSIDE_INTERFACE);
        gateway.run("ip", "address", "add", GATEWAY_OUTSIDE + "/24", "dev", OUTSIDE_INTERFACE);
        gateway.run("ip", "route", "add", "default", "via", OUTSIDE_HOST);
        gateway.run("nft", "add table ip nat; "
            + "add chain ip nat out { type nat hook postrouting priority srcnat; }; "
            + "add rule ip nat out oifname " + OUTSIDE_INTERFACE + " masquerade");
        gateway.sysctl("net/ipv4/ip_forward", "1");
    }

    /**
     * Starts {@link FarEnd} on the outside host.
     *
     * @param classPath where this class is
     */
    public BackgroundProcess startFarEnd(final String classPath) {
        return startFarEnd(outside, classPath);
    }

    /** As {@link #startFarEnd(String)}, on any host. */
    public static BackgroundProcess startFarEnd(final Namespace host, final String classPath) {
        final String java = ProcessHandle.current().info().command()
            .orElse(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        final BackgroundProcess farEnd = host.start(List.of(java, "-Xmx256m", "-XX:+UseSerialGC",
            "-cp", classPath, FarEnd.class.getName()));
        try {
            farEnd.awaitLine("ready", PATIENCE);
            return farEnd;
        } catch (final CommandException e) {
            farEnd.close();
            throw e;
        }
    }

    private void remove() {
        for (final Namespace namespace : List.of(inside, gateway, outside)) {
            try {
                namespace.close();
            } catch (final CommandException e) {
                System.err.println("sallyport: " + e.getMessage());
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
