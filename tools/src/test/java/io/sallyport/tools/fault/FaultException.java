package io.sallyport.tools.fault;

/** The list of faults is wrong, or does not fit the sources any more. */
final class FaultException extends Exception {

    private static final long serialVersionUID = 1;

    /** With a message for who keeps the list. */
    FaultException(final String message) {
        super(message);
    }
}
