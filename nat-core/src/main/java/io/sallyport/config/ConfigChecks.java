package io.sallyport.config;

import io.sallyport.wire.Ipv4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The checks behind {@link GatewayConfig#problems}: what can be told from the configuration alone. Whether an interface exists or a
 * backend works on this machine is found out when the gateway starts.
 */
final class ConfigChecks {

    /** Most workers; a batch's shard column could number 127. */
    static final int MOST_WORKERS = 64;
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
    private static final Pattern BACKEND = Pattern.compile("[a-z][a-z0-9-]*");
    private static final Pattern LISTEN = Pattern.compile("([0-9.]+|\\[[0-9A-Fa-f:.]+\\]):([0-9]{1,5})");

    private final GatewayConfig config;
    private final Problems problems = new Problems();

    private ConfigChecks(final GatewayConfig config) {
        this.config = config;
    }

    static List<ConfigProblem> of(final GatewayConfig config) {
        final ConfigChecks checks = new ConfigChecks(config);
        checks.name();
        InterfaceChecks.check(config, checks.problems);
        NatChecks.check(config, checks.problems);
        checks.io();
        checks.state();
        checks.admin();
        checks.events();
        return checks.problems.list();
    }

    private void name() {
        if (!NAME.matcher(config.name()).matches()) {
            problems.add("name", "\"" + config.name() + "\" is not a name of up to 64 letters, digits, '.', '_' and '-'");
        }
    }

    private void io() {
        final String backend = config.io().backend();
        if (backend.isEmpty()) {
            problems.add("io.backend", "the name of the backend is missing");
        } else if (!BACKEND.matcher(backend).matches()) {
            problems.add("io.backend", "\"" + backend + "\" is not the name of a backend");
        }
        problems.addUnlessWithin("io.workers", config.io().workers(), 1, MOST_WORKERS);
    }

    private void state() {
        final Path directory = config.state().directory();
        if (!directory.isAbsolute()) {
            problems.add("state.directory", "\"" + directory + "\" is not an absolute path");
        }
    }

    private void admin() {
        config.admin().listen().ifPresent(listen -> {
            final Matcher matcher = LISTEN.matcher(listen);
            if (!matcher.matches() || Integer.parseInt(matcher.group(2)) < 1 || Integer.parseInt(matcher.group(2)) > 65535
                || !isAddress(matcher.group(1))) {
                problems.add("admin.listen", "\"" + listen + "\" is not an address and a port, like 127.0.0.1:9479");
            }
        });
    }

    private void events() {
        final EventsConfig events = config.events();
        if (events.destinations() && !events.isOn()) {
            problems.add("events.destinations", "has destinations logged where nothing is: set events.file or events.ipfix");
        }
        if (events.rotateLength() != 0) {
            if (events.file().isEmpty()) {
                problems.add("events.rotate-bytes", "there is no events.file to rotate");
            } else if (events.rotateLength() < EventsConfig.SHORTEST_ROTATE_LENGTH) {
                problems.add("events.rotate-bytes", events.rotateLength() + " is less than " + EventsConfig.SHORTEST_ROTATE_LENGTH);
            }
        }
        events.file().filter(file -> file.getFileName() == null || file.toString().chars().anyMatch(Character::isISOControl)).ifPresent(
            file -> problems.add("events.file", "\"" + file + "\" is not a file"));
        events.collector().ifPresent(collector -> AddressChecks.collector(collector.address()).ifPresent(
            reason -> problems.add("events.ipfix", reason)));
    }

    private static boolean isAddress(final String text) {
        try {
            if (text.startsWith("[")) {
                return InetAddress.ofLiteral(text.substring(1, text.length() - 1)) instanceof Inet6Address;
            }
            Ipv4Address.parse(text);
            return true;
        } catch (final IllegalArgumentException notAnAddress) {
            return false;
        }
    }
}
