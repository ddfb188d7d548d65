package io.sallyport.tools.demo;

/** Another program failed, or took too long; the message is one line that says which and why. */
public final class CommandException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** With that message. */
    public CommandException(final String message) {
        super(message);
    }

    /** With that message, because of something that the system said. */
    public CommandException(final String message, final Throwable cause) {
        super(message, cause);
    }
}
