package io.sallyport.counter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.counter.CommandControlLayout.Section;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever stands in the file, a reader says so in one line. */
@Timeout(60)
class DamagedFileTest {

    @TempDir
    private Path directory;
    private CommandControlFile gateway;
    private byte[] good;

    @BeforeEach
    void startGateway() throws IOException {
        gateway = CommandControlFile.create(directory, GatewayProcess.description("edge"));
        gateway.errors().record(new IllegalStateException("boom"));
        good = Files.readAllBytes(path());
    }

    @AfterEach
    void stopGateway() {
        gateway.close();
    }

    @Test
    void theUndamagedFileIsRead() throws IOException {
        replace(good);
        assertEquals(1, CommandControlReader.attach(directory).errors().size());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 8, 255, 256, 257, 4096})
    void truncated(final int length) throws IOException {
        replace(Arrays.copyOf(good, length));
        final String message = assertThrows(IOException.class, this::read).getMessage();
        assertTrue(message.startsWith(path() + " is damaged: " + length + " bytes long"), message);
    }

    @Test
    void grown() throws IOException {
        replace(Arrays.copyOf(good, good.length + 128));
        assertThrows(IOException.class, this::read);
    }

    @Test
    void somethingElse() throws IOException {
        Arrays.fill(good, (byte) 'x');
        replace(good);
        assertEquals(path() + " is damaged: not a command-and-control file", assertThrows(IOException.class, this::read).getMessage());
    }

    @ParameterizedTest
    @ValueSource(ints = {CommandControlLayout.VERSION_OFFSET, CommandControlLayout.FINGERPRINT_OFFSET})
    void anotherVersion(final int offset) throws IOException {
        good[offset]++;
        replace(good);
        assertEquals("the gateway in " + directory + " is of another version than this program",
            assertThrows(IOException.class, this::read).getMessage());
    }

    @ParameterizedTest
    @EnumSource(Section.class)
    void sectionsBeyondTheFile(final Section section) throws IOException {
        final int odd = section.offset(new UnsafeBuffer(good)) + 1;
        for (final int offset : new int[] {Integer.MIN_VALUE, -128, 0, 128, odd, good.length + 128}) {
            final byte[] bad = good.clone();
            section.place(new UnsafeBuffer(bad), offset, section.length(new UnsafeBuffer(good)));
            replace(bad);
            assertThrows(IOException.class, this::read, "offset " + offset);
        }
        for (final int length : new int[] {Integer.MIN_VALUE, -1, good.length, Integer.MAX_VALUE}) {
            final byte[] bad = good.clone();
            section.place(new UnsafeBuffer(bad), section.offset(new UnsafeBuffer(good)), length);
            replace(bad);
            assertThrows(IOException.class, this::read, "length " + length);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 4})
    void portsOfMoreThanTheFileHas(final int offset) throws IOException {
        final UnsafeBuffer bytes = new UnsafeBuffer(good);
        for (final int count : new int[] {Integer.MIN_VALUE, -1, 100, 1 << 16, Integer.MAX_VALUE}) {
            bytes.putInt(Section.PORTS.offset(bytes) + offset, count);
            replace(good);
            assertEquals(path() + " is damaged: ports in " + Section.PORTS.length(bytes) + " bytes",
                assertThrows(IOException.class, this::read).getMessage(), "count " + count);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 8, 128, LatencyBlock.LENGTH - 8})
    void latenciesThatAreTooFew(final int length) throws IOException {
        final UnsafeBuffer bytes = new UnsafeBuffer(good);
        Section.LATENCY.place(bytes, Section.LATENCY.offset(bytes), length);
        replace(good);
        assertEquals(path() + " is damaged: latencies in " + length + " bytes", assertThrows(IOException.class, this::read).getMessage());
    }

    @Test
    void unknownState() throws IOException {
        good[CommandControlLayout.STATE_OFFSET] = 9;
        replace(good);
        assertEquals(path() + " is damaged: state 9", assertThrows(IOException.class, this::read).getMessage());
    }

    @Test
    void scribbledErrors() throws IOException {
        final UnsafeBuffer bytes = new UnsafeBuffer(good);
        bytes.putInt(Section.ERRORS.offset(bytes), 3);
        replace(good);
        assertEquals(path() + " is damaged: the error log", assertThrows(IOException.class, this::read).getMessage());
    }

    @Test
    void scribbledAnywhere() throws IOException {
        final long seed = System.nanoTime();
        final SplittableRandom random = new SplittableRandom(seed);
        int refused = 0;
        for (int round = 0; round < 500; round++) {
            final byte[] bad = good.clone();
            for (int i = 0; i < 8; i++) {
                bad[random.nextInt(round % 2 == 0 ? CommandControlLayout.HEADER_LENGTH : bad.length)] = (byte) random.nextInt();
            }
            replace(bad);
            try {
                read();
            } catch (final IOException clear) {
                assertFalse(clear.getMessage().contains("\n"), clear.getMessage());
                refused++;
            } catch (final RuntimeException unclear) {
                throw new AssertionError("seed " + seed + ", round " + round, unclear);
            }
        }
        assertTrue(refused > 50, refused + " refused");
    }

    private void read() throws IOException {
        try (CommandControlReader reader = CommandControlReader.attach(directory)) {
            reader.errors();
            reader.facts();
            reader.latency().percentileNs(99);
            reader.portUse();
            reader.crowdedDestinations();
            for (final Counter counter : Counter.values()) {
                reader.get(counter);
            }
        }
    }

    private void replace(final byte[] content) throws IOException {
        Files.delete(path());
        Files.write(path(), content);
    }

    private Path path() {
        return directory.resolve(CommandControlLayout.FILE_NAME);
    }
}
