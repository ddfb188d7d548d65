package io.sallyport.counter;

import io.sallyport.counter.CommandControlLayout.Section;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.SystemEpochClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.errors.DistinctErrorLog;
import org.agrona.concurrent.ringbuffer.ManyToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;

/**
 * The gateway's side of the command-and-control file: a file in shared memory through which other processes see the gateway's counters,
 * errors and state, and send it commands. {@link CommandControlReader} is theirs; the layout is told in {@code CommandControlLayout}.
 *
 * <p>Making the file takes the lock of the state directory, so that one gateway at a time uses the directory. The lock ends with the
 * process, whatever ends it.
 *
 * <p>Each {@link CounterBlock} belongs to the thread of its stage, as do the {@link LatencyBlock} and the {@link PortUseBlock}s.
 * {@link #heartbeat}, {@link #ready}, {@link #draining}, {@link #drainCommands} and {@link #close} belong to one thread, which may be any;
 * {@link #errors} takes records from every thread.
 */
public final class CommandControlFile implements AutoCloseable {

    private static final int ERRORS_LENGTH = 64 * 1024;
    private static final int COMMANDS_LENGTH = 4 * 1024 + RingBufferDescriptor.TRAILER_LENGTH;
    /** A command that was begun and not ended within this time had a sender that died. */
    private static final long SENDER_TIMEOUT_MS = 2_000;

    private final StateLock lock;
    private final UnsafeBuffer file;
    private final CounterBlock[] counters;
    private final DistinctErrorLog errors;
    private final ManyToOneRingBuffer commands;
    private final LatencyBlock latency;
    private final PortUseTable ports;
    private CommandHandler handler;
    private long stuckPosition = -1;
    private long stuckSinceMs;

    private CommandControlFile(final StateLock lock, final UnsafeBuffer file, final Description description) {
        this.lock = lock;
        this.file = file;
        counters = new CounterBlock[description.stages().size()];
        for (int stage = 0; stage < counters.length; stage++) {
            counters[stage] = new CounterBlock(slice(Section.COUNTERS.offset(file) + stage * CounterBlock.LENGTH, CounterBlock.LENGTH));
        }
        errors = new DistinctErrorLog(slice(Section.ERRORS.offset(file), ERRORS_LENGTH), SystemEpochClock.INSTANCE);
        commands = new ManyToOneRingBuffer(slice(Section.COMMANDS.offset(file), COMMANDS_LENGTH));
        latency = new LatencyBlock(slice(Section.LATENCY.offset(file), LatencyBlock.LENGTH));
        ports = PortUseTable.create(slice(Section.PORTS.offset(file), Section.PORTS.length(file)),
            description.publicAddresses(), description.workers());
    }

    /**
     * Makes the directory, takes its lock, and puts a new file in place of an earlier gateway's. The gateway's state is
     * {@link GatewayState#STARTING}.
     *
     * @throws IOException with one line for the user, when another gateway uses the directory or the file cannot be made
     */
    public static CommandControlFile create(final Path directory, final Description description) throws IOException {
        if (!CommandControlLayout.machineFits()) {
            throw new IOException("the state files need a little-endian machine");
        }
        StateLock lock = null;
        try {
            Files.createDirectories(directory);
            lock = StateLock.take(directory);
            final Path beside = directory.resolve(CommandControlLayout.FILE_NAME + ".new");
            Files.deleteIfExists(beside);
            final CommandControlFile file = new CommandControlFile(lock, write(beside, description), description);
            Files.move(beside, directory.resolve(CommandControlLayout.FILE_NAME), StandardCopyOption.ATOMIC_MOVE);
            return file;
        } catch (final IOException failure) {
            if (lock != null) {
                lock.close();
            }
            throw failure instanceof FileSystemException system
                ? new IOException("cannot make the state directory " + directory + ": " + StateFiles.reason(system), system)
                : failure;
        }
    }

    private static UnsafeBuffer write(final Path path, final Description description) throws IOException {
        final byte[] stages = description.stagesText();
        final byte[] facts = description.factsText();
        final int[] lengths = new int[Section.values().length];
        lengths[Section.STAGES.ordinal()] = stages.length;
        lengths[Section.FACTS.ordinal()] = facts.length;
        lengths[Section.COUNTERS.ordinal()] = description.stages().size() * CounterBlock.LENGTH;
        lengths[Section.ERRORS.ordinal()] = ERRORS_LENGTH;
        lengths[Section.COMMANDS.ordinal()] = COMMANDS_LENGTH;
        lengths[Section.LATENCY.ordinal()] = LatencyBlock.LENGTH;
        lengths[Section.PORTS.ordinal()] = Math.toIntExact(
            PortUseTable.length(description.publicAddresses().size(), description.workers()));
        int fileLength = CommandControlLayout.HEADER_LENGTH;
        for (final int length : lengths) {
            fileLength = CommandControlLayout.align(fileLength) + length;
        }
        fileLength = CommandControlLayout.align(fileLength);
        final UnsafeBuffer file = new UnsafeBuffer(map(path, fileLength));
        int end = CommandControlLayout.HEADER_LENGTH;
        for (final Section section : Section.values()) {
            final int offset = CommandControlLayout.align(end);
            section.place(file, offset, lengths[section.ordinal()]);
            end = offset + lengths[section.ordinal()];
        }
        file.putBytes(Section.STAGES.offset(file), stages);
        file.putBytes(Section.FACTS.offset(file), facts);
        file.putLong(CommandControlLayout.MAGIC_OFFSET, CommandControlLayout.MAGIC);
        file.putInt(CommandControlLayout.VERSION_OFFSET, CommandControlLayout.VERSION);
        file.putInt(CommandControlLayout.FINGERPRINT_OFFSET, CommandControlLayout.fingerprint());
        file.putInt(CommandControlLayout.FILE_LENGTH_OFFSET, fileLength);
        file.putLong(CommandControlLayout.PID_OFFSET, ProcessHandle.current().pid());
        file.putLong(CommandControlLayout.START_OFFSET, description.startEpochMs());
        file.putLongRelease(CommandControlLayout.HEARTBEAT_OFFSET, description.startEpochMs());
        file.putIntRelease(CommandControlLayout.STATE_OFFSET, GatewayState.STARTING.code());
        return file;
    }

    /** Writes zeros first, so that a full disk is an error here and not a bus error at the first counter. */
    private static MappedByteBuffer map(final Path path, final int length) throws IOException {
        try (FileChannel channel = FileChannel.open(
            path, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            final ByteBuffer zeros = ByteBuffer.allocate(length);
            while (zeros.hasRemaining()) {
                channel.write(zeros);
            }
            return channel.map(MapMode.READ_WRITE, 0, length);
        }
    }

    /** The counters of a stage, by its place in {@link Description#stages}. */
    public CounterBlock counters(final int stage) {
        return counters[stage];
    }

    /** The histogram of latencies, for the stage that sends. */
    public LatencyBlock latency() {
        return latency;
    }

    /** How many public ports are in use; each worker has a block in it. */
    public PortUseTable ports() {
        return ports;
    }

    /** The log of errors, each distinct one once, with how often and when it was seen; any thread. */
    public DistinctErrorLog errors() {
        return errors;
    }

    /** Says that the gateway forwards. */
    public void ready() {
        state(GatewayState.READY);
    }

    /** Says that the gateway takes no new connections. */
    public void draining() {
        state(GatewayState.DRAINING);
    }

    /** Says that the gateway is alive and working; to be called about once a second. */
    public void heartbeat(final long epochMs) {
        // Release: pairs with the acquire in CommandControlReader.heartbeatEpochMs.
        file.putLongRelease(CommandControlLayout.HEARTBEAT_OFFSET, epochMs);
        unblock(epochMs);
    }

    /**
     * Hands over the commands that wait. Allocates nothing when there are none.
     *
     * @param commandHandler called for each command that this version knows; others are skipped
     * @param limit          most commands to hand over
     * @return the number of messages that were taken
     */
    public int drainCommands(final CommandHandler commandHandler, final int limit) {
        if (commands.consumerPosition() == commands.producerPosition()) {
            return 0;
        }
        handler = commandHandler;
        try {
            return commands.read(this::onMessage, limit);
        } catch (final IndexOutOfBoundsException | IllegalArgumentException scribbled) {
            errors.record(scribbled);
            return 0;
        } finally {
            handler = null;
        }
    }

    /**
     * Says that the gateway has stopped and gives the lock back. The file stays, for who looks at it afterwards. The mapping stays until
     * the garbage collector finds it, so that a stage which still counts does no harm.
     */
    @Override
    public void close() {
        state(GatewayState.STOPPED);
        try {
            lock.close();
        } catch (final IOException failure) {
            errors.record(failure);
        }
    }

    private void onMessage(final int typeId, final MutableDirectBuffer buffer, final int index, final int length) {
        final Command command = Command.of(typeId);
        if (command != null && length == Long.BYTES) {
            handler.onCommand(command, buffer.getLong(index));
        }
    }

    /** Steps over a message whose sender died between claiming and committing it. */
    private void unblock(final long epochMs) {
        final long position = commands.consumerPosition();
        if (position == commands.producerPosition()) {
            stuckPosition = -1;
        } else if (position != stuckPosition) {
            stuckPosition = position;
            stuckSinceMs = epochMs;
        } else if (epochMs - stuckSinceMs > SENDER_TIMEOUT_MS) {
            commands.unblock();
            stuckPosition = -1;
        }
    }

    private void state(final GatewayState state) {
        // Release: pairs with the acquire in CommandControlReader.state.
        file.putIntRelease(CommandControlLayout.STATE_OFFSET, state.code());
    }

    private UnsafeBuffer slice(final int offset, final int length) {
        return new UnsafeBuffer(file, offset, length);
    }
}
