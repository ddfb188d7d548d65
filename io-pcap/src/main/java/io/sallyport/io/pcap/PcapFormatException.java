package io.sallyport.io.pcap;

import java.io.IOException;
import java.nio.file.Path;

/** A capture file is not what it should be; the message is one line for the user, with the file and the place. */
public final class PcapFormatException extends IOException {

    private static final long serialVersionUID = 1L;

    private final long offset;
    private final boolean truncated;

    private PcapFormatException(final Path file, final long offset, final String problem, final boolean truncated) {
        super(file + ": byte " + offset + ": " + problem);
        this.offset = offset;
        this.truncated = truncated;
    }

    /** The bytes at {@code offset} make no sense. */
    static PcapFormatException damaged(final Path file, final long offset, final String problem) {
        return new PcapFormatException(file, offset, problem, false);
    }

    /** The file ends within what begins at {@code offset}. */
    static PcapFormatException truncated(final Path file, final long offset, final String what) {
        return new PcapFormatException(file, offset, "the file is truncated: it ends within " + what, true);
    }

    /** Where in the file, in bytes, what is wrong begins. */
    public long offset() {
        return offset;
    }

    /** Whether the file only ends too early: every record before was whole. */
    public boolean isTruncated() {
        return truncated;
    }
}
