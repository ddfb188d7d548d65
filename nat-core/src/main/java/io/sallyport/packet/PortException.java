package io.sallyport.packet;

import java.io.IOException;

/** An interface or file cannot be used; the message is one line for the user. */
public final class PortException extends IOException {

    private static final long serialVersionUID = 1L;

    /** With a message for the user. */
    public PortException(final String message) {
        super(message);
    }

    /** With a message for the user and the cause for a developer. */
    public PortException(final String message, final Throwable cause) {
        super(message, cause);
    }
}
