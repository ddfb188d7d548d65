package io.sallyport.packet;

/** The two sides of the gateway. */
public enum Side {
    /** The private networks. */
    INSIDE,
    /** The way to the internet. */
    OUTSIDE;

    /** The opposite side. */
    public Side other() {
        return this == INSIDE ? OUTSIDE : INSIDE;
    }
}
