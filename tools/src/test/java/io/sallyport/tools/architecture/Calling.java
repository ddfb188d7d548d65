package io.sallyport.tools.architecture;

/** Calls what allocates; see {@link RulesTest}. */
final class Calling {

    private Calling() {
    }

    static Object call() {
        return step();
    }

    static int quiet(final int value) {
        return value + 1;
    }

    private static Object step() {
        return Allocating.object();
    }
}
