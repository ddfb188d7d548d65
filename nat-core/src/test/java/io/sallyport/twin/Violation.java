package io.sallyport.twin;

/** The gateway chose what it must not choose. */
final class Violation extends AssertionError {

    private static final long serialVersionUID = 1;

    Violation(final String message) {
        super(message);
    }
}
