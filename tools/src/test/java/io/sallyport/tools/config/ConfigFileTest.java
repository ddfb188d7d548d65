package io.sallyport.tools.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.config.GatewayConfig;
import io.sallyport.config.InterfaceConfig;
import io.sallyport.config.NatConfig;
import io.sallyport.wire.Ipv4Address;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigFileTest {

    private static final String SMALLEST = resource("smallest.yaml");

    @TempDir
    private Path directory;

    @Test
    void smallest_file_is_the_librarys_smallest_gateway() throws ConfigFileException {
        final GatewayConfig library = GatewayConfig.of(InterfaceConfig.of("l0", "10.77.0.1/24"),
            InterfaceConfig.of("w0", "198.51.100.1/24").withGateway(Ipv4Address.parse("198.51.100.2")));
        assertEquals(library, ConfigFile.parse("edge.yaml", SMALLEST));
    }

    @ParameterizedTest
    @ValueSource(strings = {"smallest", "everything"})
    void effective_configuration_is_printed_with_every_key(final String name) throws ConfigFileException {
        final GatewayConfig config = ConfigFile.parseUnchecked(name + ".yaml", resource(name + ".yaml"));
        assertEquals(resource(name + "-effective.yaml"), ConfigPrinter.print(config));
    }

    @ParameterizedTest
    @ValueSource(strings = {"smallest", "everything"})
    void printed_configuration_reads_back_to_the_same(final String name) throws ConfigFileException {
        final GatewayConfig config = ConfigFile.parseUnchecked(name + ".yaml", resource(name + ".yaml"));
        assertEquals(config, ConfigFile.parseUnchecked("printed.yaml", ConfigPrinter.print(config)));
    }

    @ParameterizedTest
    @CsvSource({
        "rfc,   ENDPOINT_INDEPENDENT, 7440, 240, 300, 60,  RESET_BOTH",
        "aws,   ENDPOINT_DEPENDENT,   350,  350, 350, 350, RESET_INSIDE",
        "gcp,   ENDPOINT_DEPENDENT,   1200, 30,  30,  30,  OFF",
        "azure, ENDPOINT_DEPENDENT,   240,  240, 240, 240, RESET_BOTH"})
    void profile_presets_mapping_timeouts_and_idle_behaviour(
        final String profile, final NatConfig.Mapping mapping, final long established, final long transitory, final long udp,
        final long icmp, final NatConfig.OnIdle onIdle) throws ConfigFileException {
        final NatConfig nat = ConfigFile.parseUnchecked("edge.yaml", SMALLEST + "nat: { profile: " + profile + " }\n").nat();
        assertEquals(mapping, nat.mapping());
        assertEquals(onIdle, nat.onIdle());
        assertEquals(TimeUnit.SECONDS.toNanos(established), nat.timeouts().tcpEstablishedNs());
        assertEquals(TimeUnit.SECONDS.toNanos(transitory), nat.timeouts().tcpTransitoryNs());
        assertEquals(TimeUnit.SECONDS.toNanos(udp), nat.timeouts().udpNs());
        assertEquals(TimeUnit.SECONDS.toNanos(icmp), nat.timeouts().icmpNs());
    }

    @Test
    void key_overrides_profile_wherever_it_stands() throws ConfigFileException {
        final NatConfig nat = ConfigFile.parseUnchecked("edge.yaml",
            SMALLEST + "nat:\n  timeouts: { udp: 7s }\n  mapping: endpoint-independent\n  profile: gcp\n").nat();
        assertEquals(NatConfig.Mapping.ENDPOINT_INDEPENDENT, nat.mapping());
        assertEquals(TimeUnit.SECONDS.toNanos(7), nat.timeouts().udpNs());
        assertEquals(TimeUnit.SECONDS.toNanos(30), nat.timeouts().icmpNs());
    }

    @Test
    void section_with_nothing_in_it_is_the_defaults() throws ConfigFileException {
        assertEquals(ConfigFile.parse("edge.yaml", SMALLEST), ConfigFile.parse("edge.yaml", SMALLEST + "nat:\n  timeouts:\nio: {}\n"));
    }

    @Test
    void every_error_is_told_with_its_line() {
        assertEquals(List.of(
            "edge.yaml:3: inside.mac: \"02:00\" is not a MAC address, like 02:00:00:00:00:01",
            "edge.yaml:5: nat.ports: \"70000-80000\" is not a range within 1-65535",
            "edge.yaml:6: nat.prots: unknown key; did you mean \"ports\"?",
            "edge.yaml:7: nat.hairpinning: \"yes\" is neither true nor false",
            "edge.yaml:8: nat.hairpinning: is there twice",
            "edge.yaml:10: nat.timeouts.udp: \"5\" is not a duration, like 350s, 4m or 2h4m",
            "edge.yaml:11: io: is a list, and must be a mapping, like { key: value }"),
            problemsOf("""
                inside:
                  interface: l0
                  mac: "02:00"
                nat:
                  ports: 70000-80000
                  prots: 1024-65535
                  hairpinning: yes
                  hairpinning: true
                  timeouts:
                    udp: 5
                io: [ packet ]
                """).stream().filter(line -> !line.contains("is missing")).toList());
    }

    @Test
    void missing_required_keys_are_named() {
        assertEquals(List.of(
            "edge.yaml:1: inside.interface: is missing",
            "edge.yaml:1: inside.address: is missing",
            "edge.yaml:1: outside.interface: is missing",
            "edge.yaml:1: outside.address: is missing"), problemsOf(""));
    }

    @Test
    void missing_key_is_told_where_its_section_stands() {
        assertEquals(List.of("edge.yaml:2: outside.address: is missing"),
            problemsOf("inside: { interface: l0, address: 10.77.0.1/24 }\noutside:\n  interface: w0\n"));
    }

    @Test
    void list_item_is_named_by_its_number_and_line() {
        assertEquals(List.of(
            "edge.yaml:7: nat.forwards[1].inside: \"10.77.0.9\" is not an address and port, like 10.77.0.9:22",
            "edge.yaml:8: nat.forwards[2].protocol: is missing",
            "edge.yaml:10: nat.pool[1]: \"198.51.100.300\" is not an address, a range like 198.51.100.8-198.51.100.15, "
                + "or a network like 198.51.100.8/29",
            "edge.yaml:11: nat.one-to-one[0].allow: lets no one in; leave the key out to let everyone in"),
            problemsOf(SMALLEST + """
                nat:
                  forwards:
                    - { protocol: tcp, outside: "198.51.100.1:2222", inside: "10.77.0.9:22", allow: [ 192.0.2.0/24 ] }
                    - { protocol: tcp, outside: "198.51.100.1:2223", inside: 10.77.0.9 }
                    - { outside: "198.51.100.1:2224", inside: "10.77.0.9:22" }
                  pool: [ 198.51.100.1,
                          198.51.100.300 ]
                  one-to-one: [ { outside: 198.51.100.50, inside: 10.77.0.50, allow: [] } ]
                """));
    }

    @Test
    void problem_of_the_whole_configuration_has_the_line_of_its_key() {
        final List<String> problems = problemsOf("# a comment\nname: \"a b\"\n" + SMALLEST);
        assertEquals(1, problems.size());
        assertTrue(problems.getFirst().startsWith("edge.yaml:2: name: "), problems.getFirst());
    }

    @Test
    void items_keep_their_numbers_when_one_before_them_is_not_understood() {
        assertEquals(List.of(
            "edge.yaml:6: nat.pool[0]: \"198.51.100\" is not an address, a range like 198.51.100.8-198.51.100.15, "
                + "or a network like 198.51.100.8/29",
            "edge.yaml:8: nat.pool[2]: 198.51.100.7 overlaps nat.pool[1], 198.51.100.7"),
            problemsOf(SMALLEST + "nat:\n  pool:\n    - 198.51.100\n    - 198.51.100.7\n    - 198.51.100.7\n"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "inside: { interface: l0|2|not valid YAML: ",
        "inside: 'l0|2|not valid YAML: ",
        "a: b: c|1|not valid YAML: ",
        "inside: *nothing|1|not valid YAML: ",
        "- a|1|is a list, and must be a mapping",
        "just text|1|is a single value, and must be a mapping"})
    void malformed_yaml_is_one_line(final String text, final int line, final String message) {
        final List<String> problems = problemsOf(text + "\n");
        assertTrue(problems.getFirst().startsWith("edge.yaml:" + line + ": " + message), problems.getFirst());
    }

    @Test
    void tab_is_named_where_it_stands() {
        assertEquals(1, problemsOf("inside:\n\tinterface: l0\n").size());
        assertTrue(problemsOf("inside:\n\tinterface: l0\n").getFirst().startsWith("edge.yaml:2: not valid YAML: "));
    }

    @Test
    void two_documents_are_refused() {
        assertEquals(1, problemsOf(SMALLEST + "---\n" + SMALLEST).size());
    }

    @Test
    void file_that_nests_without_end_is_refused() {
        assertEquals(List.of("edge.yaml:1: is nested deeper than 16 levels"), problemsOf("[".repeat(100_000)));
    }

    @Test
    void alias_bomb_is_refused() {
        final StringBuilder bomb = new StringBuilder("a0: &a0 [ x, x ]\n");
        for (int i = 1; i < 60; i++) {
            bomb.append("a%d: &a%d [ *a%d, *a%d ]\n".formatted(i, i, i - 1, i - 1));
        }
        assertEquals(1, problemsOf(bomb.toString()).size());
        assertTrue(problemsOf(bomb.toString()).getFirst().contains("not valid YAML: "));
    }

    @Test
    void alias_of_itself_ends() {
        assertTrue(problemsOf(SMALLEST + "nat: &nat { pool: [ *nat ], timeouts: *nat }\n").size() >= 2);
    }

    @Test
    void control_character_is_named() {
        assertEquals(List.of("edge.yaml:2: holds the character U+0007, which YAML does not allow"), problemsOf("name: a\nstate: \u0007\n"));
    }

    @Test
    void file_that_is_not_text_is_refused() throws IOException {
        final Path file = directory.resolve("edge.yaml");
        Files.write(file, new byte[] {'n', 'a', 'm', 'e', ':', ' ', 'a', '\n', (byte) 0xFF, (byte) 0xFE});
        assertEquals(List.of(file + ":2: is not UTF-8 text"), problemsOf(file));
        Files.write(file, new byte[] {'n', (byte) 0xC3});
        assertEquals(List.of(file + ":1: is not UTF-8 text"), problemsOf(file));
    }

    @Test
    void byte_order_mark_is_no_text() throws IOException, ConfigFileException {
        final Path file = directory.resolve("edge.yaml");
        Files.writeString(file, "\uFEFF" + SMALLEST);
        assertEquals(ConfigFile.parse("edge.yaml", SMALLEST), ConfigFile.load(file));
    }

    @Test
    void file_that_cannot_be_read_is_refused() throws IOException {
        assertEquals(List.of(directory + ": is a directory"), problemsOf(directory));
        assertEquals(List.of(directory.resolve("none.yaml") + ": no such file"), problemsOf(directory.resolve("none.yaml")));
        final Path huge = directory.resolve("huge.yaml");
        Files.writeString(huge, "#".repeat(ConfigFile.LONGEST_LENGTH) + "\n");
        assertEquals(List.of(huge + ": is longer than 1048576 bytes, which no configuration is"), problemsOf(huge));
    }

    @Test
    void tag_of_the_users_own_is_refused() {
        assertEquals(List.of("edge.yaml:4: name: carries a tag, \"!secret\", which means nothing here"),
            problemsOf(SMALLEST + "name: !secret x\n"));
    }

    private static List<String> problemsOf(final String text) {
        return assertThrows(ConfigFileException.class, () -> ConfigFile.parse("edge.yaml", text)).lines();
    }

    private static List<String> problemsOf(final Path file) {
        return assertThrows(ConfigFileException.class, () -> ConfigFile.load(file)).lines();
    }

    private static String resource(final String name) {
        try (InputStream in = ConfigFileTest.class.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (final IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
