package io.sallyport.runtime;

import io.sallyport.config.GatewayConfig;
import io.sallyport.config.InterfaceConfig;
import io.sallyport.config.NatConfig.Limits;
import io.sallyport.config.StateConfig;
import io.sallyport.counter.CommandControlFile;
import io.sallyport.counter.Description;
import io.sallyport.counter.Fact;
import io.sallyport.engine.Engine;
import io.sallyport.packet.PacketBackend;
import io.sallyport.packet.PortException;
import io.sallyport.packet.PortPair;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Interfaces and engine are made at the same time, on the strength of a guess; what goes wrong on one side is undone on the other. */
class AssemblyTest {

    private static final long INSIDE_MAC = 0x0200_0000_0011L;
    private static final long OUTSIDE_MAC = 0x0200_0000_0012L;

    @TempDir
    private Path directory;
    private final MemoryPort inside = new MemoryPort("l0", INSIDE_MAC);
    private final MemoryPort outside = new MemoryPort("w0", OUTSIDE_MAC);
    private CommandControlFile commandControl;
    private GatewayConfig config;

    @BeforeEach
    void setUp() throws IOException {
        final GatewayConfig defaults = GatewayConfig.of(
            InterfaceConfig.of("l0", "10.77.0.1/24"), InterfaceConfig.of("w0", "198.51.100.1/24"));
        config = defaults.withNat(defaults.nat().withLimits(new Limits(1000, 0, 0))).withState(new StateConfig(directory, true));
        commandControl = CommandControlFile.create(Gateway.stateDirectory(config),
            new Description(0, List.of("ingress", "egress", "worker-0", "events"), Map.of(Fact.NAME, "default"),
                Engine.publicPool(config), 1));
    }

    @AfterEach
    void tearDown() {
        commandControl.close();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, OUTSIDE_MAC, OUTSIDE_MAC + 1})
    void whatTheOpenPortsSayCountsWhateverWasGuessed(final long guessedMac) throws IOException {
        final Assembly assembly = Assembly.of(config, commandControl, backend(guessedMac, true), new StartTimes());
        assertEquals(INSIDE_MAC, assembly.config().inside().mac().getAsLong());
        assertEquals(OUTSIDE_MAC, assembly.config().outside().mac().getAsLong());
        assertEquals(1, Engine.connectionFiles(Gateway.stateDirectory(config)).size());
        assembly.engine().close();
        assertEquals(0, inside.closed.get() + outside.closed.get());
    }

    @ParameterizedTest
    @ValueSource(longs = {0, OUTSIDE_MAC})
    void interfacesThatCannotBeOpenedAreToldAndTheStateCanBeUsedAgain(final long guessedMac) throws IOException {
        final PortException refused = assertThrows(PortException.class,
            () -> Assembly.of(config, commandControl, backend(guessedMac, false), new StartTimes()));
        assertEquals("no such interface", refused.getMessage());
        Assembly.of(config, commandControl, backend(guessedMac, true), new StartTimes()).engine().close();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, OUTSIDE_MAC})
    void interfacesAreClosedWhenTheStateCannotBeMade(final long guessedMac) throws IOException {
        // a directory that is not empty, where the table should be set aside
        Files.createDirectories(Gateway.stateDirectory(config).resolve("connections-0.dat.old/x"));
        Files.createFile(Gateway.stateDirectory(config).resolve("connections-0.dat"));
        assertThrows(IOException.class, () -> Assembly.of(config, commandControl, backend(guessedMac, true), new StartTimes()));
        assertEquals(1, inside.closed.get());
        assertEquals(1, outside.closed.get());
    }

    @Test
    void aBackendThatDoesNotWorkHereIsNotOpened() throws IOException {
        final PacketBackend backend = backend(OUTSIDE_MAC, Optional.of("the kernel is too old"), true);
        final PortException refused =
            assertThrows(PortException.class, () -> Assembly.of(config, commandControl, backend, new StartTimes()));
        assertEquals("backend memory does not work here: the kernel is too old", refused.getMessage());
        Assembly.of(config, commandControl, backend(OUTSIDE_MAC, true), new StartTimes()).engine().close();
    }

    @Test
    void everyPartOfTheStartIsTimed() throws IOException {
        final StartTimes times = new StartTimes();
        Assembly.of(config, commandControl, backend(OUTSIDE_MAC, true), times).engine().close();
        assertTrue(times.toString().matches(".* \\d+-\\d+, .* \\d+-\\d+"), times.toString());
        List.of("interfaces", "engine").forEach(part -> assertTrue(times.toString().contains(part), part));
    }

    /** Guesses the inside right and the outside as told, 0: not at all. */
    private PacketBackend backend(final long guessedOutsideMac, final boolean opens) {
        return backend(guessedOutsideMac, Optional.empty(), opens);
    }

    private PacketBackend backend(final long guessedOutsideMac, final Optional<String> unavailable, final boolean opens) {
        return new PacketBackend() {
            @Override
            public String name() {
                return "memory";
            }

            @Override
            public Optional<String> unavailable() {
                return unavailable;
            }

            @Override
            public Optional<Link> guess(final Settings settings) {
                final long mac = settings.interfaceName().equals("l0") ? INSIDE_MAC : guessedOutsideMac;
                return mac == 0 ? Optional.empty() : Optional.of(new Link(mac, inside.mtu()));
            }

            @Override
            public PortPair open(final Settings insideSettings, final Settings outsideSettings) throws PortException {
                if (!opens) {
                    throw new PortException("no such interface");
                }
                return new PortPair(inside, outside, LockSupport::parkNanos);
            }
        };
    }
}
