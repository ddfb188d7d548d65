package io.sallyport.io.pcap;

import io.sallyport.packet.PortException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** What went wrong with a file, in words for the user. */
final class FileProblem {

    private FileProblem() {
    }

    /** The exception for a file that cannot be read. */
    static PortException unreadable(final Path file, final IOException cause) {
        return new PortException(file + ": cannot be read: " + describe(cause), cause);
    }

    /** The exception for a file that cannot be written. */
    static PortException unwritable(final Path file, final IOException cause) {
        return new PortException(file + ": cannot be written: " + describe(cause), cause);
    }

    /** The messages of these exceptions are only the file's name. */
    private static String describe(final IOException cause) {
        return switch (cause) {
            case NoSuchFileException e -> "no such file or directory";
            case AccessDeniedException e -> "permission denied";
            case FileSystemException e when e.getReason() != null -> e.getReason();
            default -> cause.getMessage();
        };
    }
}
