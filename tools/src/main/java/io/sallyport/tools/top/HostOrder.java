package io.sallyport.tools.top;

/** What makes an inside host a busy one. */
enum HostOrder {
    /** Its live connections. */
    CONNECTIONS("connections"),
    /** Public ports that it uses. */
    PORTS("ports"),
    /** By how many its connections become more. */
    GROWTH("growth");

    private final String label;

    HostOrder(final String label) {
        this.label = label;
    }

    /** The next one, round and round. */
    HostOrder next() {
        return values()[(ordinal() + 1) % values().length];
    }

    /** Name, for people. */
    String label() {
        return label;
    }
}
