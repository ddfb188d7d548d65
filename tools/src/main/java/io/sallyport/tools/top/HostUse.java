package io.sallyport.tools.top;

/**
 * What an inside host uses.
 *
 * @param address         its address, numeric
 * @param connections     its live connections
 * @param ports           public ports that it uses
 * @param growthPerSecond by how many its connections became more, a second; negative: fewer
 */
record HostUse(int address, long connections, long ports, double growthPerSecond) {

    /** What an order goes by. */
    double measure(final HostOrder order) {
        return switch (order) {
            case CONNECTIONS -> connections;
            case PORTS -> ports;
            case GROWTH -> growthPerSecond;
        };
    }
}
