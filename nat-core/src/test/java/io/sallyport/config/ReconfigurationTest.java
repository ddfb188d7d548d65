package io.sallyport.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.config.InterfaceConfig.Neighbour;
import io.sallyport.config.InterfaceConfig.Route;
import io.sallyport.config.NatConfig.AddressRange;
import io.sallyport.config.NatConfig.Forward;
import io.sallyport.config.NatConfig.OneToOne;
import io.sallyport.config.NatConfig.PortRange;
import io.sallyport.config.NatConfig.Protocol;
import io.sallyport.wire.Ipv4Address;
import io.sallyport.wire.Ipv4Prefix;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A change of any key is either made while the gateway runs or named as needing a restart. */
class ReconfigurationTest {

    private static final GatewayConfig BEFORE = GatewayConfig.of(InterfaceConfig.of("l0", "10.77.0.1/24"),
            InterfaceConfig.of("w0", "198.51.100.1/24").withGateway(Ipv4Address.parse("198.51.100.2")))
        .withEvents(new EventsConfig(Optional.of(Path.of("/var/log/events.jsonl")), false, 0, Optional.empty()));
    private static final Reconfiguration.Bounds BOUNDS = new Reconfiguration.Bounds(Integer.MAX_VALUE, 1_000, true);

    /** It only says what stands for keys that are not in the file, so its change shows in theirs. */
    private static final String PRESETS = "nat.profile";

    private static final int INSIDE = Ipv4Address.parse("10.77.0.9");
    private static final int OUTSIDE = Ipv4Address.parse("198.51.100.9");

    /** Another value of the keys for whose type {@link #another} has none. */
    private static final Map<String, Object> OTHERS = Map.ofEntries(
        Map.entry("name", "other"),
        Map.entry("inside.interface", "l1"),
        Map.entry("inside.address", Ipv4Prefix.parse("10.77.0.7/24")),
        Map.entry("inside.gateway", OptionalInt.of(INSIDE)),
        Map.entry("inside.mac", OptionalLong.of(0x0200_0000_0077L)),
        Map.entry("inside.mtu", OptionalInt.of(1_400)),
        Map.entry("inside.routes", List.of(new Route(Ipv4Prefix.parse("10.88.0.0/16"), INSIDE))),
        Map.entry("inside.neighbours", List.of(new Neighbour(INSIDE, 0x0200_0000_0009L))),
        Map.entry("outside.interface", "w1"),
        Map.entry("outside.address", Ipv4Prefix.parse("198.51.100.7/24")),
        Map.entry("outside.gateway", OptionalInt.of(OUTSIDE)),
        Map.entry("outside.mac", OptionalLong.of(0x0200_0000_0078L)),
        Map.entry("outside.mtu", OptionalInt.of(1_400)),
        Map.entry("outside.routes", List.of(new Route(Ipv4Prefix.parse("203.0.113.0/24"), OUTSIDE))),
        Map.entry("outside.neighbours", List.of(new Neighbour(OUTSIDE, 0x0200_0000_0009L))),
        Map.entry("nat.pool", List.of(new AddressRange(OUTSIDE, OUTSIDE))),
        Map.entry("nat.ports", new PortRange(2_000, 3_000)),
        Map.entry("nat.exempt", List.of(Ipv4Prefix.parse("203.0.113.0/24"))),
        Map.entry("nat.one-to-one", List.of(new OneToOne(OUTSIDE, INSIDE, List.of()))),
        Map.entry("nat.forwards", List.of(new Forward(Protocol.TCP, OUTSIDE, 2_222, INSIDE, 22, List.of()))),
        Map.entry("nat.tcp-mss", new NatConfig.TcpMss(NatConfig.TcpMss.Mode.CLAMP, OptionalInt.empty())),
        Map.entry("io.backend", "xdp"),
        Map.entry("state.directory", Path.of("/run/sallyport")),
        Map.entry("admin.listen", Optional.of("127.0.0.1:9479")),
        Map.entry("events.file", Optional.of(Path.of("/var/log/other.jsonl"))),
        Map.entry("events.ipfix", Optional.of(new EventsConfig.Collector(OUTSIDE, 4_739))));

    static Stream<String> keys() {
        return components().keySet().stream().filter(key -> !key.equals(PRESETS));
    }

    @ParameterizedTest
    @MethodSource("keys")
    void a_key_is_on_one_of_the_two_sides(final String key) throws ReflectiveOperationException {
        final GatewayConfig wanted = (GatewayConfig) with(BEFORE, components().get(key), key);
        assertTrue(key.equals("inside.gateway") || wanted.problems().isEmpty(), () -> wanted.problems().toString());
        final Reconfiguration change = Reconfiguration.of(BEFORE, wanted, BOUNDS);
        final List<String> named = Stream.concat(change.applied().stream(), change.needRestart().stream())
            .map(Reconfiguration.Change::key).toList();
        assertEquals(List.of(key), named);
        assertEquals(change.applied().isEmpty() ? BEFORE : wanted, change.effective());
    }

    /** The keys that a file can have outside of lists, each with the way to its component. */
    private static Map<String, List<RecordComponent>> components() {
        final Map<String, List<RecordComponent>> found = new LinkedHashMap<>();
        collect("", List.of(), GatewayConfig.class, found);
        return found;
    }

    private static void collect(
        final String path, final List<RecordComponent> way, final Class<?> section, final Map<String, List<RecordComponent>> found) {
        for (final RecordComponent component : section.getRecordComponents()) {
            final Key key = component.getAnnotation(Key.class);
            final List<RecordComponent> longer = new ArrayList<>(way);
            longer.add(component);
            if (component.getType().isRecord() && key.holds().isEmpty()) {
                collect(path + key.value() + ".", longer, component.getType(), found);
            } else {
                found.put(path + key.value(), longer);
            }
        }
    }

    /** A record with another value at the end of a way. */
    private static Object with(final Object record, final List<RecordComponent> way, final String key) throws ReflectiveOperationException {
        final RecordComponent[] components = record.getClass().getRecordComponents();
        final Object[] values = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            final Object value = get(record, components[i]);
            values[i] = !components[i].getName().equals(way.getFirst().getName()) ? value
                : way.size() == 1 ? another(key, value) : with(value, way.subList(1, way.size()), key);
        }
        return record.getClass().getDeclaredConstructor(
            Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new)).newInstance(values);
    }

    private static Object get(final Object record, final RecordComponent component)
        throws IllegalAccessException, InvocationTargetException {
        return component.getAccessor().invoke(record);
    }

    private static Object another(final String key, final Object value) {
        return switch (value) {
            case final Boolean truth -> !truth;
            case final Integer count -> count + 1;
            case final Long length -> length + TimeUnit.SECONDS.toNanos(1);
            case final Enum<?> word -> word.getDeclaringClass().getEnumConstants()[1 - Math.min(1, word.ordinal())];
            default -> Optional.ofNullable(OTHERS.get(key)).orElseThrow(() -> new AssertionError("no other value for " + key));
        };
    }
}
