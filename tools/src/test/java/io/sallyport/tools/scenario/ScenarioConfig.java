package io.sallyport.tools.scenario;

import io.sallyport.config.GatewayConfig;
import io.sallyport.tools.config.ConfigFile;
import io.sallyport.tools.config.ConfigFileException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/** The configuration of a case: a standard one with the keys that the case sets. */
final class ScenarioConfig {

    /** The stations that scenarios use are static, so that ARP is out of the way. */
    private static final String STANDARD = """
        inside:
          interface: l0
          address: 10.77.0.1/24
          neighbours:
            - { address: 10.77.0.2, mac: "02:00:00:00:0a:02" }
            - { address: 10.77.0.3, mac: "02:00:00:00:0a:03" }
            - { address: 10.77.0.4, mac: "02:00:00:00:0a:04" }
            - { address: 10.77.0.9, mac: "02:00:00:00:0a:09" }
            - { address: 10.77.0.50, mac: "02:00:00:00:0a:32" }
            - { address: 10.77.0.254, mac: "02:00:00:00:0a:fe" }
        outside:
          interface: w0
          address: 198.51.100.1/24
          gateway: 198.51.100.2
          neighbours:
            - { address: 198.51.100.2, mac: "02:00:00:00:0b:02" }
            - { address: 198.51.100.7, mac: "02:00:00:00:0b:07" }
        nat:
          limits: { connections: 4096 }
        """;

    private ScenarioConfig() {
    }

    /**
     * The configuration of a case in one of its variants.
     *
     * @throws ConfigFileException      if it is refused
     * @throws IllegalArgumentException with half a sentence, if a value is not YAML
     */
    static GatewayConfig of(final Scenario.Case scenarioCase, final Scenario.Variant variant) throws ConfigFileException {
        final Map<String, Object> config = map(load(STANDARD));
        if (!variant.mapping().isEmpty()) {
            put(config, "nat.mapping", variant.mapping());
        }
        put(config, "nat.filtering", variant.filtering());
        scenarioCase.config().forEach((key, value) -> put(config, key, load(value)));
        return ConfigFile.parse("", new Dump(DumpSettings.builder().build()).dumpToString(config));
    }

    /** Sets a key; null takes it away. */
    private static void put(final Map<String, Object> config, final String key, final Object value) {
        final int dot = key.indexOf('.');
        if (dot < 0 && value == null) {
            config.remove(key);
        } else if (dot < 0) {
            config.put(key, value);
        } else {
            final String first = key.substring(0, dot);
            final Map<String, Object> section = map(config.getOrDefault(first, Map.of()));
            put(section, key.substring(dot + 1), value);
            config.put(first, section);
        }
    }

    private static Map<String, Object> map(final Object value) {
        final Map<String, Object> copy = new LinkedHashMap<>();
        if (value instanceof final Map<?, ?> section) {
            section.forEach((key, element) -> copy.put(key.toString(), element));
        }
        return copy;
    }

    private static Object load(final String yaml) {
        try {
            return new Load(LoadSettings.builder().build()).loadFromString(yaml);
        } catch (final YamlEngineException malformed) {
            throw new IllegalArgumentException("\"" + yaml + "\" is not valid YAML");
        }
    }
}
