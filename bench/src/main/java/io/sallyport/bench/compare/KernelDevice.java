package io.sallyport.bench.compare;

import io.sallyport.tools.demo.Namespace;

/**
 * The kernel's own NAT: nftables' masquerade.
 *
 * @param isSteered whether receive packet steering (RPS) hands packets to the gateway's cores; else the sender's core translates them
 */
record KernelDevice(boolean isSteered) implements Device {

    @Override
    public String name() {
        return isSteered ? "kernel, RPS" : "kernel";
    }

    @Override
    public String publicPrefix() {
        return "198.51.100.1/32";
    }

    @Override
    public boolean isInUserSpace() {
        return false;
    }

    @Override
    public Running start(final Lab lab) {
        final Namespace gateway = lab.gateway();
        gateway.run("ip", "address", "add", "10.77.0.1/24", "dev", Lab.INSIDE_INTERFACE);
        gateway.run("ip", "address", "add", "198.51.100.1/24", "dev", Lab.OUTSIDE_INTERFACE);
        gateway.run("ip", "route", "add", "default", "via", Lab.OUTSIDE_HOST);
        gateway.run("ip", "route", "add", Lab.HOSTS, "via", Lab.INSIDE_HOST);
        neighbour(gateway, Lab.INSIDE_HOST, Lab.INSIDE_HOST_MAC, Lab.INSIDE_INTERFACE);
        neighbour(gateway, Lab.OUTSIDE_HOST, Lab.OUTSIDE_HOST_MAC, Lab.OUTSIDE_INTERFACE);
        gateway.run("nft", "add table ip nat; add chain ip nat out { type nat hook postrouting priority srcnat; }; "
            + "add rule ip nat out oifname " + Lab.OUTSIDE_INTERFACE + " masquerade");
        gateway.sysctl("net/ipv4/ip_forward", "1");
        gateway.sysctl("net/netfilter/nf_conntrack_udp_timeout", "300");
        if (isSteered) {
            final String mask = Integer.toHexString(Machine.gatewayMask());
            for (final String name : new String[] {Lab.INSIDE_INTERFACE, Lab.OUTSIDE_INTERFACE}) {
                gateway.run("sh", "-c", "echo " + mask + " > /sys/class/net/" + name + "/queues/rx-0/rps_cpus");
            }
        }
        return new Running(null, 0);
    }

    private static void neighbour(final Namespace gateway, final String address, final String mac, final String interfaceName) {
        gateway.run("ip", "neighbour", "replace", address, "lladdr", mac, "nud", "permanent", "dev", interfaceName);
    }
}
