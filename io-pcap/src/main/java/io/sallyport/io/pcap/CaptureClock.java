package io.sallyport.io.pcap;

/**
 * How a pcapng interface writes times: as an unsigned count of units, of which so many make a second, from so many seconds after 1970.
 *
 * @param resolution    option {@code if_tsresol}: the negative power of 10, or of 2 when bit 7 is set, that a unit is of a second
 * @param offsetSeconds option {@code if_tsoffset}
 */
record CaptureClock(int resolution, long offsetSeconds) {

    /** What holds when an interface says nothing. */
    static final CaptureClock MICROSECONDS = new CaptureClock(6, 0);

    private static final int BINARY = 0x80;
    private static final int MAX_DECIMAL_EXPONENT = 18;
    private static final int MAX_BINARY_EXPONENT = 62;
    private static final int NANOSECONDS_EXPONENT = 9;
    private static final long NS_PER_SECOND = ClassicPcap.NS_PER_SECOND;

    /** Whether a second of that resolution is counted in a {@code long}. */
    static boolean isUsable(final int resolution) {
        return (resolution & BINARY) != 0 ? (resolution & ~BINARY) <= MAX_BINARY_EXPONENT : resolution <= MAX_DECIMAL_EXPONENT;
    }

    /** The same with another resolution. */
    CaptureClock withResolution(final int newResolution) {
        return new CaptureClock(newResolution, offsetSeconds);
    }

    /** The same with another offset. */
    CaptureClock withOffsetSeconds(final long newOffsetSeconds) {
        return new CaptureClock(resolution, newOffsetSeconds);
    }

    /**
     * A time in ns since 1970.
     *
     * @param units unsigned count
     * @throws ArithmeticException when a {@code long} does not hold it
     */
    long toNs(final long units) {
        final int exponent = resolution & ~BINARY;
        final boolean isBinary = (resolution & BINARY) != 0;
        final long unitsPerSecond = isBinary ? 1L << exponent : powerOfTen(exponent);
        final long seconds = Long.divideUnsigned(units, unitsPerSecond);
        final long rest = Long.remainderUnsigned(units, unitsPerSecond);
        final long restNs = isBinary ? binaryFractionNs(rest, exponent) : decimalFractionNs(rest, exponent);
        return Math.addExact(Math.multiplyExact(Math.addExact(seconds, offsetSeconds), NS_PER_SECOND), restNs);
    }

    private static long decimalFractionNs(final long rest, final int exponent) {
        return exponent <= NANOSECONDS_EXPONENT
            ? rest * powerOfTen(NANOSECONDS_EXPONENT - exponent)
            : rest / powerOfTen(exponent - NANOSECONDS_EXPONENT);
    }

    /** {@code rest * 10^9 / 2^exponent}, by way of 128 bits. */
    private static long binaryFractionNs(final long rest, final int exponent) {
        if (exponent == 0) {
            return 0;
        }
        final long high = Math.multiplyHigh(rest, NS_PER_SECOND);
        final long low = rest * NS_PER_SECOND;
        return high << Long.SIZE - exponent | low >>> exponent;
    }

    private static long powerOfTen(final int exponent) {
        long power = 1;
        for (int i = 0; i < exponent; i++) {
            power *= 10;
        }
        return power;
    }
}
