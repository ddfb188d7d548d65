package io.sallyport.twin;

import io.sallyport.wire.Ipv4Address;

/** An address and a port, or a query's identifier, or 0. */
record Endpoint(int address, int port) {

    @Override
    public String toString() {
        return Ipv4Address.format(address) + ":" + port;
    }
}
