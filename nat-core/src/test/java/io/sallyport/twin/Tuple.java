package io.sallyport.twin;

/** Who talks to whom. A query's identifier belongs to the one who asks. */
record Tuple(int protocol, Endpoint source, Endpoint destination) {

    /** That of a datagram whose transport header is there; an ICMP message must be a query. */
    static Tuple of(final Datagram datagram) {
        final byte[] payload = datagram.payload();
        int sourcePort = 0;
        int destinationPort = 0;
        if (datagram.protocol() == Datagram.TCP || datagram.protocol() == Datagram.UDP) {
            sourcePort = Bytes.u16(payload, 0);
            destinationPort = Bytes.u16(payload, 2);
        } else if (datagram.protocol() == Datagram.ICMP && Icmp.isRequest(payload[0])) {
            sourcePort = Bytes.u16(payload, 4);
        } else if (datagram.protocol() == Datagram.ICMP) {
            destinationPort = Bytes.u16(payload, 4);
        }
        return new Tuple(datagram.protocol(), new Endpoint(datagram.source(), sourcePort),
            new Endpoint(datagram.destination(), destinationPort));
    }

    Tuple reversed() {
        return new Tuple(protocol, destination, source);
    }

    boolean hasPorts() {
        return protocol == Datagram.TCP || protocol == Datagram.UDP || protocol == Datagram.ICMP;
    }
}
