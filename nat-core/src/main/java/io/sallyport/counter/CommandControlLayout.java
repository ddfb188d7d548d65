package io.sallyport.counter;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import org.agrona.BitUtil;
import org.agrona.concurrent.AtomicBuffer;

/**
 * Where things lie in the command-and-control file, {@code cnc.dat} in a gateway's state directory. The file holds no pointers and is
 * little-endian; a section is found by its offset and length in the header.
 *
 * <pre>
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------------------------------------------------------+  0
 *  |                       Magic, "SALLYCNC"                       |
 *  |                                                               |
 *  +---------------------------------------------------------------+  8
 *  |                        Layout version                         |
 *  +---------------------------------------------------------------+  12
 *  |           Fingerprint of counters and drop reasons            |
 *  +---------------------------------------------------------------+  16
 *  |                          File length                          |
 *  +---------------------------------------------------------------+  20
 *  |                            Unused                             |
 *  +---------------------------------------------------------------+  24
 *  |                     Process id of the gateway                 |
 *  |                                                               |
 *  +---------------------------------------------------------------+  32
 *  |             Start of the gateway, ms since the epoch          |
 *  |                                                               |
 *  +---------------------------------------------------------------+  40
 *  |                  Stages, facts, counters, errors,             |
 *  |    commands, latency, ports: offset and length, 4 bytes each  |
 *  +---------------------------------------------------------------+  96
 *  |                            Unused                             |
 *  +---------------------------------------------------------------+  128
 *  |                             State                             |
 *  +---------------------------------------------------------------+  132
 *  |                            Unused                             |
 *  +---------------------------------------------------------------+  136
 *  |                Heartbeat, ms since the epoch                  |
 *  |                                                               |
 *  +---------------------------------------------------------------+  144
 *  |                            Unused                             |
 *  +---------------------------------------------------------------+  256
 * </pre>
 *
 * <p>The sections follow, each aligned to 128 bytes:
 * <ul>
 *   <li>stages: the names of the stages, one a line, UTF-8
 *   <li>facts: {@code key=value} lines with the keys of {@link Fact}, UTF-8
 *   <li>counters: a {@link CounterBlock} for each stage, in the order of the names
 *   <li>errors: the buffer of an {@link org.agrona.concurrent.errors.DistinctErrorLog}
 *   <li>commands: the buffer of an {@link org.agrona.concurrent.ringbuffer.ManyToOneRingBuffer}, see {@link Command}
 *   <li>latency: a {@link LatencyBlock}
 *   <li>ports: a {@link PortUseTable}
 * </ul>
 *
 * <p>All but state, heartbeat, counters, errors, commands, latencies and what is said of ports is written before the file gets its name,
 * and never changes.
 */
final class CommandControlLayout {

    /** Name of the file in the state directory. */
    static final String FILE_NAME = "cnc.dat";
    /** Name of the file whose lock the gateway holds as long as its process lives; it contains the process id as text. */
    static final String LOCK_FILE_NAME = "lock";

    /** The first eight bytes of the file: {@code SALLYCNC}. */
    static final long MAGIC = 0x434E_4359_4C4C_4153L;
    /** Changes with this layout; the lists of counters and drop reasons have their fingerprint. */
    static final int VERSION = 2;

    /** Offset of the magic. */
    static final int MAGIC_OFFSET = 0;
    /** Offset of the layout version. */
    static final int VERSION_OFFSET = 8;
    /** Offset of the fingerprint. */
    static final int FINGERPRINT_OFFSET = 12;
    /** Offset of the file's length. */
    static final int FILE_LENGTH_OFFSET = 16;
    /** Offset of the process id. */
    static final int PID_OFFSET = 24;
    /** Offset of the start time. */
    static final int START_OFFSET = 32;
    /** Offset of the first section's offset and length. */
    static final int SECTIONS_OFFSET = 40;
    /** Offset of the state; written with release, read with acquire. */
    static final int STATE_OFFSET = 128;
    /** Offset of the heartbeat; written with release, read with acquire. */
    static final int HEARTBEAT_OFFSET = 136;
    /** Length of the header. */
    static final int HEADER_LENGTH = 256;
    /** Alignment of the sections: two stages or sections share no pair of cache lines. */
    static final int SECTION_ALIGNMENT = 128;

    /** Most stages that a file may describe. */
    static final int MOST_STAGES = 256;

    private CommandControlLayout() {
    }

    /** The parts of the file behind its header, in their order. */
    enum Section {
        STAGES,
        FACTS,
        COUNTERS,
        ERRORS,
        COMMANDS,
        LATENCY,
        PORTS;

        int offset(final AtomicBuffer file) {
            return file.getInt(SECTIONS_OFFSET + ordinal() * Long.BYTES);
        }

        int length(final AtomicBuffer file) {
            return file.getInt(SECTIONS_OFFSET + ordinal() * Long.BYTES + Integer.BYTES);
        }

        void place(final AtomicBuffer file, final int offset, final int length) {
            file.putInt(SECTIONS_OFFSET + ordinal() * Long.BYTES, offset);
            file.putInt(SECTIONS_OFFSET + ordinal() * Long.BYTES + Integer.BYTES, length);
        }
    }

    /** Where a section can begin at or behind {@code offset}. */
    static int align(final int offset) {
        return BitUtil.align(offset, SECTION_ALIGNMENT);
    }

    /** Tells versions apart whose counters or drop reasons are not the same, in the same order. */
    static int fingerprint() {
        final CRC32 crc = new CRC32();
        for (final Counter counter : Counter.values()) {
            crc.update((counter.label() + "\n").getBytes(StandardCharsets.UTF_8));
        }
        for (final DropReason reason : DropReason.values()) {
            crc.update((reason.label() + "\n").getBytes(StandardCharsets.UTF_8));
        }
        return (int) crc.getValue();
    }

    /** Whether this machine can use the file as it is. */
    static boolean machineFits() {
        return ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
    }
}
