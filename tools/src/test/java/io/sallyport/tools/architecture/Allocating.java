package io.sallyport.tools.architecture;

import java.util.List;
import java.util.function.IntSupplier;

/** Does in each method one thing that no packet may cause; see {@link RulesTest}. */
final class Allocating {

    private Allocating() {
    }

    static Object object() {
        return new Object();
    }

    static Object array() {
        return new long[1];
    }

    static Object objects() {
        return new Object[1];
    }

    static Object arrays() {
        return new long[1][1];
    }

    static IntSupplier lambda(final int value) {
        return () -> value;
    }

    static String join(final int value) {
        return "x" + value;
    }

    static void lock(final Object monitor, final int[] value) {
        synchronized (monitor) {
            value[0]++;
        }
    }

    static Object box(final long value) {
        return value;
    }

    static int walk(final List<Object> list) {
        int count = 0;
        for (final Object element : list) {
            count += element == null ? 0 : 1;
        }
        return count;
    }

    static long clock() {
        return System.nanoTime();
    }

    static long[] copy(final long[] values) {
        return values.clone();
    }

    static int text(final String text) {
        return text.length();
    }

    static void fail(final RuntimeException failure) {
        throw failure;
    }
}
