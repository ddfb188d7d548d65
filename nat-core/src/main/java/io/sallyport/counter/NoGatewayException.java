package io.sallyport.counter;

import java.io.IOException;

/** No gateway is running where one was looked for; the message is one line for the user. */
public final class NoGatewayException extends IOException {

    private static final long serialVersionUID = 1L;

    /** With a message for the user. */
    public NoGatewayException(final String message) {
        super(message);
    }
}
