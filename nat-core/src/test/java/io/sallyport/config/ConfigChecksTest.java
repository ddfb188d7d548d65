package io.sallyport.config;

import static io.sallyport.config.Problem.GOOD;
import static io.sallyport.config.Problem.assertProblems;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sallyport.config.EventsConfig.Collector;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigChecksTest {

    @ParameterizedTest
    @ValueSource(strings = {"", "..", ".hidden", "-x", "a/b", "a b",
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"})
    void nameNamesADirectory(final String name) {
        assertProblems(named(name), "name: \"" + name + "\" is not a name of up to 64 letters, digits, '.', '_' and '-'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"default", "Edge-1", "a.b_c", "7"})
    void goodNames(final String name) {
        assertProblems(named(name));
    }

    @ParameterizedTest
    @CsvSource({
        "'', the name of the backend is missing",
        "'Packet', '\"Packet\" is not the name of a backend'",
        "'../x', '\"../x\" is not the name of a backend'"})
    void backendHasAName(final String backend, final String message) {
        assertProblems(GOOD.withIo(io(backend, 1)), "io.backend: " + message);
    }

    @ParameterizedTest
    @CsvSource({"0, false", "1, true", "64, true", "65, false"})
    void workersAreAFew(final int workers, final boolean good) {
        if (good) {
            assertProblems(GOOD.withIo(io("packet", workers)));
        } else {
            assertProblems(GOOD.withIo(io("packet", workers)), "io.workers: " + workers + " is not within 1-64");
        }
    }

    @Test
    void stateDirectoryIsAbsolute() {
        assertProblems(GOOD.withState(new StateConfig(Path.of("state"), true)), "state.directory: \"state\" is not an absolute path");
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "9479", "localhost:9479", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.256:80", "[1]:80", "[::1::]:80"})
    void listenIsAnAddressAndAPort(final String listen) {
        assertEquals("admin.listen: \"" + listen + "\" is not an address and a port, like 127.0.0.1:9479",
            listening(listen).problems().getFirst().toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1:9479", "0.0.0.0:1", "[::1]:9479"})
    void goodListeners(final String listen) {
        assertProblems(listening(listen));
    }

    @Test
    void eventsThatGoNowhere() {
        final Optional<Path> file = Optional.of(Path.of("events.jsonl"));
        assertProblems(GOOD.withEvents(new EventsConfig(Optional.empty(), true, 0, Optional.empty())),
            "events.destinations: has destinations logged where nothing is: set events.file or events.ipfix");
        assertProblems(GOOD.withEvents(new EventsConfig(Optional.empty(), false, 1 << 20, Optional.empty())),
            "events.rotate-bytes: there is no events.file to rotate");
        assertProblems(GOOD.withEvents(new EventsConfig(file, false, 1_000, Optional.empty())),
            "events.rotate-bytes: 1000 is less than 65536");
        assertProblems(GOOD.withEvents(new EventsConfig(Optional.of(Path.of("/")), false, 0, Optional.empty())),
            "events.file: \"/\" is not a file");
        assertProblems(GOOD.withEvents(new EventsConfig(file, false, 0, Optional.of(new Collector(0xE000_0001, 4739)))),
            "events.ipfix: 224.0.0.1 is not a host's address: 224.0.0.0/4 is for multicast");
        assertProblems(GOOD.withEvents(new EventsConfig(file, true, 1 << 20, Optional.of(new Collector(0x7F00_0001, 4739)))));
    }

    @Test
    void allProblemsAreListedAtOnce() {
        final IllegalArgumentException refused = assertThrows(IllegalArgumentException.class,
            () -> named("").withIo(io("", 0)).validated());
        assertEquals("""
            name: "" is not a name of up to 64 letters, digits, '.', '_' and '-'
            io.backend: the name of the backend is missing
            io.workers: 0 is not within 1-64""", refused.getMessage());
    }

    private static GatewayConfig named(final String name) {
        return new GatewayConfig(name, GOOD.inside(), GOOD.outside(), GOOD.nat(), GOOD.io(), GOOD.state(), GOOD.admin(), GOOD.events());
    }

    private static GatewayConfig listening(final String listen) {
        return new GatewayConfig(GOOD.name(), GOOD.inside(), GOOD.outside(), GOOD.nat(), GOOD.io(), GOOD.state(),
            new AdminConfig(Optional.of(listen)), GOOD.events());
    }

    private static IoConfig io(final String backend, final int workers) {
        final IoConfig io = IoConfig.DEFAULTS;
        return new IoConfig(backend, io.threading(), workers, io.waiting(), io.offload(), io.isolate());
    }
}
