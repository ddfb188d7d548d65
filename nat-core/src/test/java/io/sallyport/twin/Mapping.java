package io.sallyport.twin;

/** A port of the pool and the inside endpoint that took it first. */
final class Mapping {

    final int protocol;
    final Endpoint outside;
    /** For whom filtering lets packets in; null when that endpoint has left the port to others. */
    Endpoint inside;
    /** Since when it has nothing but guests, at the earliest. */
    long abandonedNs = Long.MAX_VALUE;

    Mapping(final int protocol, final Endpoint outside, final Endpoint inside) {
        this.protocol = protocol;
        this.outside = outside;
        this.inside = inside;
    }
}
