package io.sallyport.tools.top;

/**
 * The connections of an inside host.
 *
 * @param address         its address, numeric
 * @param connections     those that live
 * @param active          those that a packet was seen of since the look before
 * @param changePerSecond by how many they became more since then, a second; negative: fewer
 */
record HostUse(int address, int connections, int active, double changePerSecond) {

    /** What an order goes by. */
    double measure(final HostOrder order) {
        return switch (order) {
            case CONNECTIONS -> connections;
            case ACTIVE -> active;
            case CHANGE -> changePerSecond;
        };
    }
}
