package io.sallyport.tools.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sallyport.config.GatewayConfig;
import io.sallyport.config.InterfaceConfig;
import io.sallyport.config.InterfaceConfig.Neighbour;
import io.sallyport.config.InterfaceConfig.Route;
import io.sallyport.config.Key;
import io.sallyport.config.NatConfig;
import io.sallyport.config.NatConfig.Forward;
import io.sallyport.config.NatConfig.OneToOne;
import io.sallyport.config.Profile;
import io.sallyport.wire.Ipv4Address;
import io.sallyport.wire.Ipv4Prefix;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * {@code docs/configuration.md} is made of the configuration records, with the defaults that {@link ConfigPrinter} prints;
 * {@code mvn -pl tools -am test -Dtest=ConfigurationDocumentTest -Dsurefire.failIfNoSpecifiedTests=false -Dsallyport.regenerate=true}
 * writes it.
 */
class ConfigurationDocumentTest {

    private static final Path DOCUMENT = Path.of("..", "docs", "configuration.md");
    private static final Pattern PRINTED = Pattern.compile("( *)([a-z-]+):(?: (.*))?");
    private static final Pattern ITEM_KEY = Pattern.compile("[{,] ([a-z-]+): ");

    private final StringBuilder text = new StringBuilder();
    private final Map<String, String> defaults = defaults();
    private final Map<Class<?>, String> told = new LinkedHashMap<>();

    @Test
    void the_document_says_what_the_records_say() throws IOException {
        if (Boolean.getBoolean("sallyport.regenerate")) {
            Files.writeString(DOCUMENT, document());
        }
        assertEquals(document(), Files.readString(DOCUMENT));
    }

    @Test
    void every_key_of_the_file_is_told_of_and_no_other() {
        final TreeSet<String> documented = new TreeSet<>();
        collect("", GatewayConfig.class, documented);
        documented.remove("inside.gateway");
        assertEquals(new TreeSet<>(printed(ConfigPrinter.print(withItems(config("a", 1)))).keySet()), documented);
    }

    private String document() {
        text.setLength(0);
        told.clear();
        text.append("""
            # Configuration

            Made from the records of `io.sallyport.config` by `ConfigurationDocumentTest`; do not edit.

            A gateway has one file, in YAML. Only `inside` and `outside`, with `interface` and `address` each, must be there. Unknown
            keys are errors, and a file with an error is refused whole, before anything is touched; each error is a line with the
            file's line and the key. `sallyport check --config FILE` tells them all, or prints the configuration with every default.

            ```yaml
            inside:  { interface: eth1, address: 10.77.0.1/24 }
            outside: { interface: eth0, address: 198.51.100.1/24, gateway: 198.51.100.2 }
            ```

            """);
        table("", GatewayConfig.class, "Top level");
        profiles();
        return text.toString();
    }

    /** A table for a record's keys, then those of its sections. */
    private void table(final String path, final Class<?> record, final String title) {
        text.append("## ").append(title).append("\n\n| key | holds | default | |\n| --- | --- | --- | --- |\n");
        final Map<String, RecordComponent> keys = keys(record);
        keys.forEach((key, component) -> text.append("| `%s` | %s | %s | %s |%n".formatted(key, holds(component),
            Optional.ofNullable(defaults.get(path + key)).map(value -> "`" + value + "`").orElse(""), key(component).text())));
        text.append('\n');
        keys.forEach((key, component) -> recordOf(component).ifPresent(inner -> {
            if (told.putIfAbsent(inner, path + key) == null) {
                final boolean isList = component.getType() == List.class;
                final String both = inner == InterfaceConfig.class ? "`inside`, `outside`" : "`" + path + key + "`";
                table(isList ? "item of " : path + key + ".", inner, both + (isList ? ", each item" : ""));
            }
        }));
    }

    private static String holds(final RecordComponent component) {
        final Class<?> type = component.getType();
        if (!key(component).holds().isEmpty()) {
            return key(component).holds();
        }
        if (type == boolean.class) {
            return "`true`, `false`";
        }
        if (type.isEnum()) {
            return Arrays.stream(type.getEnumConstants()).map(word -> "`" + Scalars.word((Enum<?>) word) + "`")
                .collect(Collectors.joining(", "));
        }
        recordOf(component).orElseThrow(() -> new AssertionError(component + ": its @Key does not say what it holds"));
        return type == List.class ? "a list, see below" : "a section, see below";
    }

    private void profiles() {
        text.append("""
            ## What the profiles preset

            | profile | mapping | tcp-established | tcp-transitory | udp | icmp | on-idle |
            | --- | --- | --- | --- | --- | --- | --- |
            """);
        for (final Profile profile : Profile.values()) {
            text.append("| `%s` | %s | %s | %s | %s | %s | %s |%n".formatted(Scalars.word(profile), Scalars.word(profile.mapping()),
                Scalars.formatDuration(profile.timeouts().tcpEstablishedNs()), Scalars.formatDuration(profile.timeouts().tcpTransitoryNs()),
                Scalars.formatDuration(profile.timeouts().udpNs()), Scalars.formatDuration(profile.timeouts().icmpNs()),
                Scalars.word(profile.onIdle())));
        }
    }

    private static void collect(final String path, final Class<?> record, final TreeSet<String> found) {
        keys(record).forEach((key, component) -> {
            found.add(path + key);
            recordOf(component).ifPresent(inner -> collect(path + key + ".", inner, found));
        });
    }

    /** The components of a record by their keys; of those with the same key the first. */
    private static Map<String, RecordComponent> keys(final Class<?> record) {
        final Map<String, RecordComponent> keys = new LinkedHashMap<>();
        for (final RecordComponent component : record.getRecordComponents()) {
            keys.putIfAbsent(key(component).value(), component);
        }
        return keys;
    }

    private static Key key(final RecordComponent component) {
        return Optional.ofNullable(component.getAnnotation(Key.class)).orElseThrow(() -> new AssertionError(
            component.getDeclaringRecord().getSimpleName() + "." + component.getName() + " has no @Key, so no user is told of it"));
    }

    /** The record whose keys stand below this one's, if it is a section or a list of such. */
    private static Optional<Class<?>> recordOf(final RecordComponent component) {
        if (!key(component).holds().isEmpty()) {
            return Optional.empty();
        }
        final Class<?> type = component.getGenericType() instanceof final ParameterizedType list
            ? (Class<?>) list.getActualTypeArguments()[0] : component.getType();
        return type.isRecord() ? Optional.of(type) : Optional.empty();
    }

    /** The values of keys that are the same whatever the interfaces are. */
    private static Map<String, String> defaults() {
        final Map<String, String> one = printed(ConfigPrinter.print(config("a", 1)));
        one.entrySet().retainAll(printed(ConfigPrinter.print(config("b", 100))).entrySet());
        one.values().removeIf(String::isEmpty);
        return one;
    }

    private static GatewayConfig config(final String suffix, final int host) {
        return GatewayConfig.of(InterfaceConfig.of("l" + suffix, "10.77.0." + host + "/24"),
            InterfaceConfig.of("w" + suffix, "198.51.100." + host + "/24").withGateway(Ipv4Address.parse("198.51.100." + (host + 1))));
    }

    private static GatewayConfig withItems(final GatewayConfig config) {
        final int host = Ipv4Address.parse("10.77.0.9");
        final List<Ipv4Prefix> allow = List.of(Ipv4Prefix.parse("192.0.2.0/24"));
        final List<Route> routes = List.of(new Route(Ipv4Prefix.parse("10.88.0.0/16"), host));
        final List<Neighbour> neighbours = List.of(new Neighbour(host, 0x02_00_00_00_00_09L));
        return config.withInterfaces(config.inside().withRoutes(routes).withNeighbours(neighbours),
                config.outside().withRoutes(routes).withNeighbours(neighbours))
            .withNat(config.nat().withOneToOne(List.of(new OneToOne(host, host, allow)))
                .withForwards(List.of(new Forward(NatConfig.Protocol.TCP, host, 1, host, 1, allow))));
    }

    /** Every key of a printed configuration with its value, those of list items once and without. */
    private static Map<String, String> printed(final String yaml) {
        final Map<String, String> found = new TreeMap<>();
        final List<String> path = new ArrayList<>();
        for (final String line : yaml.lines().toList()) {
            final Matcher matcher = PRINTED.matcher(line);
            if (matcher.matches()) {
                final int depth = matcher.group(1).length() / 2;
                path.subList(depth, path.size()).clear();
                path.add(matcher.group(2));
                found.put(String.join(".", path), Optional.ofNullable(matcher.group(3)).orElse(""));
            } else {
                ITEM_KEY.matcher(line).results().forEach(item -> found.put(String.join(".", path) + "." + item.group(1), ""));
            }
        }
        return found;
    }
}
