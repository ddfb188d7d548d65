package io.sallyport.tools.scenario;

/** A scenario that cannot be read, or that says something else than what the gateway does. The message begins with file and line. */
final class ScenarioException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    ScenarioException(final String message) {
        super(message);
    }

    /** A problem of one line. */
    static ScenarioException at(final String file, final int line, final String message) {
        return new ScenarioException(file + ":" + line + ": " + message);
    }
}
