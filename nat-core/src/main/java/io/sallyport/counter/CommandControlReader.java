package io.sallyport.counter;

import io.sallyport.counter.CommandControlLayout.Section;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.agrona.BitUtil;
import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.SystemEpochClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.errors.ErrorLogReader;
import org.agrona.concurrent.ringbuffer.ManyToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;

/**
 * An observer's side of the command-and-control file. It maps the file for reading, so looking costs the gateway nothing; commands go
 * through a second mapping of their section alone, where the file's permissions allow that.
 *
 * <p>Nothing in the file is trusted: every offset and length is checked when it is attached to, and never read again.
 * Counters move while they are read: sums over stages are true to within the packets under way. Any thread may read; commands may be
 * sent by any number of threads and processes.
 */
public final class CommandControlReader implements AutoCloseable {

    /** A gateway whose heart has not beaten for this long is dead or hangs. */
    private static final long HEARTBEAT_TIMEOUT_MS = 5_000;

    private final Path directory;
    private final EpochClock clock;
    private final Optional<Object> fileKey;
    private final UnsafeBuffer file;
    private final Optional<ManyToOneRingBuffer> commands;
    private final long pid;
    private final long startEpochMs;
    private final List<String> stages;
    private final Map<Fact, String> facts;
    private final CounterBlock[] counters;
    private final UnsafeBuffer errors;
    private final LatencyBlock latency;
    private final PortUseTable ports;

    private CommandControlReader(final Path directory, final EpochClock clock, final FileChannel channel, final boolean writable)
        throws IOException {
        this.directory = directory;
        this.clock = clock;
        fileKey = fileKey(directory);
        file = map(channel);
        pid = file.getLong(CommandControlLayout.PID_OFFSET);
        startEpochMs = file.getLong(CommandControlLayout.START_OFFSET);
        stages = lines(Section.STAGES);
        facts = readFacts();
        counters = readCounters();
        errors = section(Section.ERRORS);
        latency = readLatency();
        ports = readPorts();
        commands = writable ? Optional.of(mapCommands(channel)) : Optional.empty();
    }

    /**
     * Attaches to the gateway that runs with this state directory.
     *
     * @throws NoGatewayException when none does: there is no file, or it was left behind
     * @throws IOException        when the file is damaged, of another version, or may not be read
     */
    public static CommandControlReader attach(final Path directory) throws IOException {
        return attach(directory, SystemEpochClock.INSTANCE);
    }

    static CommandControlReader attach(final Path directory, final EpochClock clock) throws IOException {
        if (!CommandControlLayout.machineFits()) {
            throw new IOException("the state files need a little-endian machine");
        }
        final Path path = directory.resolve(CommandControlLayout.FILE_NAME);
        try {
            final CommandControlReader reader = open(directory, path, clock);
            if (!reader.isRunning()) {
                throw new NoGatewayException("no gateway is running in " + directory + (reader.state() == GatewayState.STOPPED
                    ? ": it has stopped" : ": process " + reader.pid + " ended without stopping"));
            }
            return reader;
        } catch (final NoSuchFileException none) {
            throw new NoGatewayException("no gateway is running in " + directory);
        } catch (final FileSystemException failure) {
            throw new IOException("cannot read " + path + ": " + StateFiles.reason(failure), failure);
        }
    }

    private static CommandControlReader open(final Path directory, final Path path, final EpochClock clock) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return new CommandControlReader(directory, clock, channel, true);
        } catch (final AccessDeniedException readOnly) {
            try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
                return new CommandControlReader(directory, clock, channel, false);
            }
        }
    }

    /** Process id of the gateway. */
    public long pid() {
        return pid;
    }

    /** When the gateway started, in ms since the epoch. */
    public long startEpochMs() {
        return startEpochMs;
    }

    /** Name of the gateway. */
    public String name() {
        return facts.getOrDefault(Fact.NAME, "");
    }

    /** What the gateway said of itself when it started. */
    public Map<Fact, String> facts() {
        return facts;
    }

    /** Names of the stages that count. */
    public List<String> stages() {
        return stages;
    }

    /** What the gateway is doing; also after {@link #isRunning} has become false, then what it did last. */
    public GatewayState state() throws IOException {
        // Acquire: pairs with the release in CommandControlFile.state.
        final int code = file.getIntAcquire(CommandControlLayout.STATE_OFFSET);
        return GatewayState.of(code).orElseThrow(() -> damaged("state " + code));
    }

    /** When the gateway's heart last beat, in ms since the epoch. */
    public long heartbeatEpochMs() {
        // Acquire: pairs with the release in CommandControlFile.heartbeat.
        return file.getLongAcquire(CommandControlLayout.HEARTBEAT_OFFSET);
    }

    /** Whether the gateway is alive but has not come round to its duties for seconds. */
    public boolean isHanging() {
        return clock.time() - heartbeatEpochMs() > HEARTBEAT_TIMEOUT_MS;
    }

    /**
     * Whether the gateway still runs: it has not stopped, its process lives, and no later gateway took its place. That its process lives
     * is told by its lock, which the kernel takes from a dead process; by its heartbeat where the lock may not be looked at.
     *
     * @throws IOException when the file is damaged
     */
    public boolean isRunning() throws IOException {
        if (state() == GatewayState.STOPPED || !fileKey.equals(fileKey(directory))) {
            return false;
        }
        try {
            return StateLock.isHeld(directory);
        } catch (final IOException unknown) {
            return !isHanging();
        }
    }

    /** A counter, summed over all stages. */
    public long get(final Counter counter) {
        long sum = 0;
        for (final CounterBlock block : counters) {
            sum += block.get(counter);
        }
        return sum;
    }

    /** Packets dropped for a reason, summed over all stages. */
    public long get(final DropReason reason) {
        long sum = 0;
        for (final CounterBlock block : counters) {
            sum += block.get(reason);
        }
        return sum;
    }

    /** A counter of one stage, by its place in {@link #stages}. */
    public long get(final int stage, final Counter counter) {
        return counters[stage].get(counter);
    }

    /** Packets that one stage dropped for a reason. */
    public long get(final int stage, final DropReason reason) {
        return counters[stage].get(reason);
    }

    /** How long packets took through the gateway since it started. */
    public LatencySnapshot latency() {
        return latency.snapshot();
    }

    /** How many public ports are taken: for each address of the pool TCP, UDP and ICMP. */
    public List<PortUse> portUse() {
        return ports.use();
    }

    /**
     * The destinations that four fifths or more of a public address's ports are in use for, in no order; with endpoint-dependent mapping
     * only. A worker names {@value PortUseBlock#DESTINATIONS} at a time, and each until it has fallen below seven tenths.
     */
    public List<DestinationUse> crowdedDestinations() {
        return ports.crowdedDestinations();
    }

    /**
     * The distinct errors that the gateway logged, oldest first.
     *
     * @throws IOException when the log is damaged
     */
    public List<LoggedError> errors() throws IOException {
        // A copy, so that what was checked is what is read.
        final UnsafeBuffer copy = new UnsafeBuffer(new byte[errors.capacity()]);
        errors.getBytes(0, copy, 0, errors.capacity());
        final List<LoggedError> logged = new ArrayList<>();
        try {
            ErrorLogReader.read(copy, (count, firstMs, lastMs, text) -> logged.add(new LoggedError(count, firstMs, lastMs, text)));
        } catch (final IndexOutOfBoundsException | NegativeArraySizeException scribbled) {
            throw damaged("the error log");
        }
        return List.copyOf(logged);
    }

    /**
     * Sends a command; returns before the gateway has taken it.
     *
     * @throws IOException with a message for the user when this process may not, or the gateway does not take commands
     */
    public void send(final Command command) throws IOException {
        final ManyToOneRingBuffer ring = commands.orElseThrow(() -> new IOException(
            "no permission to send a command to the gateway " + name() + ": " + directory + " belongs to another user"));
        final UnsafeBuffer message = new UnsafeBuffer(new byte[Long.BYTES]);
        message.putLong(0, ProcessHandle.current().pid());
        if (!ring.write(command.typeId(), message, 0, Long.BYTES)) {
            throw new IOException("the gateway " + name() + " does not take commands: too many wait already");
        }
    }

    /** Detaches. The mapping goes with the garbage collector, so that a block which is still read does no harm. */
    @Override
    public void close() {
        // Nothing else is held: the channel was closed when the file was mapped.
    }

    /** Tells the file from a later one of the same name: device and inode. */
    private static Optional<Object> fileKey(final Path directory) {
        try {
            return Optional.ofNullable(Files.readAttributes(
                directory.resolve(CommandControlLayout.FILE_NAME), BasicFileAttributes.class).fileKey());
        } catch (final IOException gone) {
            return Optional.empty();
        }
    }

    private UnsafeBuffer map(final FileChannel channel) throws IOException {
        final long length = channel.size();
        if (length < CommandControlLayout.HEADER_LENGTH || length > Integer.MAX_VALUE) {
            throw damaged(length + " bytes long");
        }
        final UnsafeBuffer mapped = new UnsafeBuffer(channel.map(MapMode.READ_ONLY, 0, length));
        if (mapped.getLong(CommandControlLayout.MAGIC_OFFSET) != CommandControlLayout.MAGIC) {
            throw damaged("not a command-and-control file");
        }
        if (mapped.getInt(CommandControlLayout.VERSION_OFFSET) != CommandControlLayout.VERSION
            || mapped.getInt(CommandControlLayout.FINGERPRINT_OFFSET) != CommandControlLayout.fingerprint()) {
            throw new IOException("the gateway in " + directory + " is of another version than this program");
        }
        if (mapped.getInt(CommandControlLayout.FILE_LENGTH_OFFSET) != length) {
            throw damaged(length + " bytes long instead of " + mapped.getInt(CommandControlLayout.FILE_LENGTH_OFFSET));
        }
        for (final Section section : Section.values()) {
            final long offset = section.offset(mapped);
            final long end = offset + section.length(mapped);
            if (offset < CommandControlLayout.HEADER_LENGTH || offset % CommandControlLayout.SECTION_ALIGNMENT != 0
                || end < offset || end > length) {
                throw damaged("section " + section);
            }
        }
        return mapped;
    }

    private CounterBlock[] readCounters() throws IOException {
        if (stages.isEmpty() || stages.size() > CommandControlLayout.MOST_STAGES
            || Section.COUNTERS.length(file) != stages.size() * CounterBlock.LENGTH) {
            throw damaged("counters of " + stages.size() + " stages");
        }
        final CounterBlock[] blocks = new CounterBlock[stages.size()];
        for (int stage = 0; stage < blocks.length; stage++) {
            blocks[stage] = new CounterBlock(
                new UnsafeBuffer(file, Section.COUNTERS.offset(file) + stage * CounterBlock.LENGTH, CounterBlock.LENGTH));
        }
        return blocks;
    }

    private LatencyBlock readLatency() throws IOException {
        final UnsafeBuffer section = section(Section.LATENCY);
        if (section.capacity() != LatencyBlock.LENGTH) {
            throw damaged("latencies in " + section.capacity() + " bytes");
        }
        return new LatencyBlock(section);
    }

    private PortUseTable readPorts() throws IOException {
        return PortUseTable.open(section(Section.PORTS)).orElseThrow(
            () -> damaged("ports in " + Section.PORTS.length(file) + " bytes"));
    }

    private Map<Fact, String> readFacts() {
        final Map<Fact, String> found = new EnumMap<>(Fact.class);
        for (final String line : lines(Section.FACTS)) {
            final int equals = line.indexOf('=');
            if (equals > 0) {
                Fact.of(line.substring(0, equals)).ifPresent(fact -> found.put(fact, line.substring(equals + 1)));
            }
        }
        return Collections.unmodifiableMap(found);
    }

    private List<String> lines(final Section section) {
        final byte[] text = new byte[section.length(file)];
        file.getBytes(section.offset(file), text);
        return new String(text, StandardCharsets.UTF_8).lines().toList();
    }

    private ManyToOneRingBuffer mapCommands(final FileChannel channel) throws IOException {
        final int length = Section.COMMANDS.length(file);
        final int capacity = length - RingBufferDescriptor.TRAILER_LENGTH;
        if (capacity < ManyToOneRingBuffer.MIN_CAPACITY || !BitUtil.isPowerOfTwo(capacity)) {
            throw damaged("a command buffer of " + length + " bytes");
        }
        final ByteBuffer writable = channel.map(MapMode.READ_WRITE, Section.COMMANDS.offset(file), length);
        return new ManyToOneRingBuffer(new UnsafeBuffer(writable));
    }

    private UnsafeBuffer section(final Section section) {
        return new UnsafeBuffer(file, section.offset(file), section.length(file));
    }

    private IOException damaged(final String what) {
        return new IOException(directory.resolve(CommandControlLayout.FILE_NAME) + " is damaged: " + what);
    }

    /**
     * An error that the gateway logged.
     *
     * @param count        how often it was seen
     * @param firstEpochMs when it was seen first, in ms since the epoch
     * @param lastEpochMs  when it was seen last
     * @param text         the exception with its stack trace
     */
    public record LoggedError(int count, long firstEpochMs, long lastEpochMs, String text) {
    }
}
