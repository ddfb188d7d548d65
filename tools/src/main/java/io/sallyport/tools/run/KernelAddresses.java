package io.sallyport.tools.run;

import io.sallyport.config.GatewayConfig;
import io.sallyport.config.NatConfig;
import io.sallyport.wire.Ipv4Address;
import io.sallyport.wire.Ipv4Prefix;
import java.net.Inet4Address;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The IPv4 addresses that the kernel holds itself. The gateway's addresses must not be among them: the kernel would answer ARP, ping
 * and connections in its place.
 */
public final class KernelAddresses {

    private KernelAddresses() {
    }

    /**
     * An address of the kernel.
     *
     * @param interfaceName the interface that it is configured on
     * @param address       the address with the length of its network's prefix
     */
    public record Held(String interfaceName, Ipv4Prefix address) {
    }

    /** All addresses of the network namespace that the process is in; none where the system does not say. */
    public static List<Held> all() {
        final List<Held> all = new ArrayList<>();
        try (Stream<NetworkInterface> interfaces = NetworkInterface.networkInterfaces()) {
            interfaces.flatMap(one -> Stream.concat(Stream.of(one), one.subInterfaces())).forEach(one -> {
                for (final InterfaceAddress held : one.getInterfaceAddresses()) {
                    if (held.getAddress() instanceof final Inet4Address address) {
                        all.add(new Held(one.getName(), new Ipv4Prefix(
                            ByteBuffer.wrap(address.getAddress()).getInt(), Math.clamp(held.getNetworkPrefixLength(), 0, 32))));
                    }
                }
            });
        } catch (final SocketException unknown) {
            return List.of();
        }
        return all;
    }

    /** One line for each of the kernel's addresses that the gateway must own, with the command that removes it. */
    public static List<String> conflicts(final GatewayConfig config, final List<Held> kernel) {
        return kernel.stream().filter(held -> isOwned(config, held.address().address()))
            .map(held -> Ipv4Address.format(held.address().address()) + " is configured on " + held.interfaceName()
                + "; remove it first: ip address del " + held.address() + " dev " + held.interfaceName())
            .toList();
    }

    private static boolean isOwned(final GatewayConfig config, final int address) {
        final NatConfig nat = config.nat();
        return address == config.inside().address().address()
            || address == config.outside().address().address()
            || nat.pool().stream().anyMatch(range -> range.contains(address))
            || nat.oneToOne().stream().anyMatch(pair -> pair.outside() == address)
            || nat.forwards().stream().anyMatch(forward -> forward.outsideAddress() == address);
    }
}
