package io.sallyport.counter;

import io.sallyport.counter.CommandResult.Outcome;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The results section of the command-and-control file: what became of the last few commands. One writer, any number of readers in any
 * process.
 *
 * <pre>
 *   0          8 results, 8,192 bytes each:
 *   0            number of the request, 0: none; stored last (8 bytes)
 *   8            outcome (4 bytes), length of the text (4 bytes)
 *  16            text, UTF-8, a line for each thing that there is to say
 * </pre>
 */
final class ResultBlock {

    /** Length of the section, in bytes. */
    static final int LENGTH = ResultBlock.SLOTS * ResultBlock.SLOT_LENGTH;

    private static final int SLOTS = 8;
    private static final int SLOT_LENGTH = 8192;
    private static final int OUTCOME_OFFSET = 8;
    private static final int TEXT_LENGTH_OFFSET = 12;
    private static final int TEXT_OFFSET = 16;
    /** Room for the line that says how many more there are. */
    private static final int REMARK_LENGTH = 64;
    private static final long NONE = 0;

    private final UnsafeBuffer slots;
    private int next;

    /** Over memory that another object owns, of {@link #LENGTH} bytes, aligned to 8. */
    ResultBlock(final UnsafeBuffer slots) {
        this.slots = slots;
    }

    /** Says what became of a request; in place of the oldest. */
    void put(final long request, final CommandResult result) {
        final int at = next * SLOT_LENGTH;
        next = (next + 1) % SLOTS;
        final byte[] text = text(result.lines());
        // volatile: what follows is not seen before this, so that a reader of the old result notices
        slots.putLongVolatile(at, NONE);
        slots.putInt(at + OUTCOME_OFFSET, result.outcome().ordinal());
        slots.putInt(at + TEXT_LENGTH_OFFSET, text.length);
        slots.putBytes(at + TEXT_OFFSET, text);
        // release: pairs with the acquire in get
        slots.putLongRelease(at, request);
    }

    /** What became of a request, if that is there; any thread and process. */
    Optional<CommandResult> get(final long request) {
        for (int at = 0; at < LENGTH; at += SLOT_LENGTH) {
            if (slots.getLongAcquire(at) == request) {
                final int outcome = slots.getInt(at + OUTCOME_OFFSET);
                final int length = slots.getInt(at + TEXT_LENGTH_OFFSET);
                final byte[] text = new byte[Math.clamp(length, 0, SLOT_LENGTH - TEXT_OFFSET)];
                slots.getBytes(at + TEXT_OFFSET, text);
                VarHandle.acquireFence();
                if (slots.getLong(at) == request && outcome >= 0 && outcome < Outcome.values().length) {
                    return Optional.of(new CommandResult(Outcome.values()[outcome],
                        new String(text, StandardCharsets.UTF_8).lines().toList()));
                }
            }
        }
        return Optional.empty();
    }

    private static byte[] text(final List<String> lines) {
        final List<byte[]> whole = new ArrayList<>();
        int length = 0;
        for (final String line : lines) {
            final byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
            if (length + bytes.length > SLOT_LENGTH - TEXT_OFFSET - REMARK_LENGTH) {
                whole.add(("... and " + (lines.size() - whole.size()) + " more\n").getBytes(StandardCharsets.UTF_8));
                break;
            }
            whole.add(bytes);
            length += bytes.length;
        }
        final byte[] text = new byte[whole.stream().mapToInt(bytes -> bytes.length).sum()];
        int at = 0;
        for (final byte[] bytes : whole) {
            System.arraycopy(bytes, 0, text, at, bytes.length);
            at += bytes.length;
        }
        return text;
    }
}
