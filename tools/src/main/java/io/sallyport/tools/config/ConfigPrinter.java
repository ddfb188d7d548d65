package io.sallyport.tools.config;

import io.sallyport.config.GatewayConfig;
import io.sallyport.config.InterfaceConfig;
import io.sallyport.config.IoConfig;
import io.sallyport.config.NatConfig;
import io.sallyport.config.NatConfig.Limits;
import io.sallyport.config.NatConfig.Timeouts;
import io.sallyport.wire.Ipv4Address;
import io.sallyport.wire.Ipv4Prefix;
import io.sallyport.wire.MacAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** Writes a configuration as a file that {@link ConfigFile} reads back to the same one, with every key. */
public final class ConfigPrinter {

    private final StringBuilder out = new StringBuilder();

    private ConfigPrinter() {
    }

    /** The configuration as YAML. */
    public static String print(final GatewayConfig config) {
        final ConfigPrinter printer = new ConfigPrinter();
        printer.line(0, "name", text(config.name()));
        printer.printInterface("inside", config.inside());
        printer.printInterface("outside", config.outside());
        printer.printNat(config.nat());
        printer.printIo(config.io());
        printer.line(0, "state", "");
        printer.line(1, "directory", text(config.state().directory().toString()));
        printer.line(1, "keep", config.state().keep());
        printer.line(0, "admin", "");
        printer.line(1, "listen", config.admin().listen().map(ConfigPrinter::text).orElse("off"));
        printer.line(0, "events", "");
        printer.line(1, "file", config.events().file().map(Path::toString).map(ConfigPrinter::text).orElse("off"));
        printer.line(1, "destinations", config.events().destinations());
        printer.line(1, "rotate-bytes", config.events().rotateLength() == 0 ? "off" : Scalars.formatLength(config.events().rotateLength()));
        printer.line(1, "ipfix", config.events().collector()
            .map(collector -> quoted(new Scalars.Endpoint(collector.address(), collector.port()).toString())).orElse("off"));
        return printer.out.toString();
    }

    private void printInterface(final String key, final InterfaceConfig side) {
        line(0, key, "");
        line(1, "interface", text(side.interfaceName()));
        line(1, "address", side.address());
        side.gateway().ifPresent(gateway -> line(1, "gateway", Ipv4Address.format(gateway)));
        line(1, "mac", side.mac().isPresent() ? quoted(MacAddress.format(side.mac().getAsLong())) : "auto");
        line(1, "mtu", side.mtu().isPresent() ? side.mtu().getAsInt() : "auto");
        items(1, "routes", side.routes().stream()
            .map(route -> "{ to: " + route.to() + ", via: " + Ipv4Address.format(route.via()) + " }").toList());
        items(1, "neighbours", side.neighbours().stream().map(neighbour -> "{ address: " + Ipv4Address.format(neighbour.address())
            + ", mac: " + quoted(MacAddress.format(neighbour.mac())) + " }").toList());
    }

    private void printNat(final NatConfig nat) {
        line(0, "nat", "");
        line(1, "profile", Scalars.word(nat.profile()));
        line(1, "pool", inline(nat.pool().stream().map(Scalars::formatAddressRange).toList()));
        line(1, "ports", nat.ports().first() + "-" + nat.ports().last());
        line(1, "mapping", Scalars.word(nat.mapping()));
        line(1, "filtering", Scalars.word(nat.filtering()));
        line(1, "hairpinning", nat.hairpinning());
        line(1, "exempt", inline(nat.exempt().stream().map(Ipv4Prefix::toString).toList()));
        items(1, "one-to-one", nat.oneToOne().stream().map(pair -> "{ outside: " + Ipv4Address.format(pair.outside()) + ", inside: "
            + Ipv4Address.format(pair.inside()) + allow(pair.allow()) + " }").toList());
        items(1, "forwards", nat.forwards().stream().map(ConfigPrinter::forward).toList());
        line(1, "tcp-mss", switch (nat.tcpMss().mode()) {
            case OFF -> "off";
            case CLAMP -> "clamp";
            case FIXED -> nat.tcpMss().segmentSize().orElseThrow();
        });
        line(1, "on-idle", Scalars.word(nat.onIdle()));
        line(1, "on-exhaustion", Scalars.word(nat.onExhaustion()));
        printTimeouts(nat.timeouts());
        printLimits(nat.limits());
    }

    private void printTimeouts(final Timeouts timeouts) {
        line(1, "timeouts", "");
        line(2, "tcp-established", Scalars.formatDuration(timeouts.tcpEstablishedNs()));
        line(2, "tcp-transitory", Scalars.formatDuration(timeouts.tcpTransitoryNs()));
        line(2, "tcp-unsolicited-syn", Scalars.formatDuration(timeouts.tcpUnsolicitedSynNs()));
        line(2, "udp", Scalars.formatDuration(timeouts.udpNs()));
        line(2, "icmp", Scalars.formatDuration(timeouts.icmpNs()));
        line(2, "fragment", Scalars.formatDuration(timeouts.fragmentNs()));
        line(2, "port-reuse", Scalars.formatDuration(timeouts.portReuseNs()));
    }

    private void printLimits(final Limits limits) {
        line(1, "limits", "");
        line(2, "connections", limits.connections());
        line(2, "per-host", limits.perHost());
        line(2, "per-host-new-per-second", limits.perHostNewPerSecond());
    }

    private void printIo(final IoConfig io) {
        line(0, "io", "");
        line(1, "backend", io.backend());
        line(1, "threading", Scalars.word(io.threading()));
        line(1, "workers", io.workers());
        line(1, "wait", Scalars.word(io.waiting()));
        line(1, "offload", Scalars.word(io.offload()));
        line(1, "isolate", io.isolate());
    }

    private void line(final int depth, final String key, final Object value) {
        final String shown = value.toString();
        out.append("  ".repeat(depth)).append(key).append(shown.isEmpty() ? ":" : ": ").append(shown).append('\n');
    }

    private void items(final int depth, final String key, final List<String> items) {
        line(depth, key, items.isEmpty() ? "[]" : "");
        items.forEach(item -> out.append("  ".repeat(depth + 1)).append("- ").append(item).append('\n'));
    }

    private static String inline(final List<String> items) {
        return items.isEmpty() ? "[]" : items.stream().collect(Collectors.joining(", ", "[ ", " ]"));
    }

    private static String forward(final NatConfig.Forward forward) {
        return "{ protocol: " + Scalars.word(forward.protocol())
            + ", outside: " + quoted(new Scalars.Endpoint(forward.outsideAddress(), forward.outsidePort()).toString())
            + ", inside: " + quoted(new Scalars.Endpoint(forward.insideAddress(), forward.insidePort()).toString())
            + allow(forward.allow()) + " }";
    }

    private static String allow(final List<Ipv4Prefix> networks) {
        return networks.isEmpty() ? "" : ", allow: " + inline(networks.stream().map(Ipv4Prefix::toString).toList());
    }

    /** Plain where YAML takes the text for nothing else. */
    private static String text(final String value) {
        return value.matches("[A-Za-z0-9/][A-Za-z0-9/_.-]*") && !value.matches("(?i)null") ? value : quoted(value);
    }

    private static String quoted(final String value) {
        final StringBuilder quoted = new StringBuilder("\"");
        value.codePoints().forEach(c -> {
            if (c == '"' || c == '\\') {
                quoted.append('\\').appendCodePoint(c);
            } else if (Character.isISOControl(c)) {
                quoted.append("\\u%04x".formatted(c));
            } else {
                quoted.appendCodePoint(c);
            }
        });
        return quoted.append('"').toString();
    }
}
