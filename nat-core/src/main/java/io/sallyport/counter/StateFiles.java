package io.sallyport.counter;

import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** Words for what the file system refuses. */
public final class StateFiles {

    private StateFiles() {
    }

    /** Why it failed, as part of a sentence; the exceptions of {@code java.nio.file} often have the path as their only message. */
    public static String reason(final FileSystemException failure) {
        return switch (failure) {
            case AccessDeniedException denied -> "permission denied";
            case NoSuchFileException none -> "no such file";
            default -> failure.getReason() == null ? failure.getMessage() : failure.getReason();
        };
    }
}
