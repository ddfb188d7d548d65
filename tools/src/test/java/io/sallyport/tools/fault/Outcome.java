package io.sallyport.tools.fault;

/**
 * What became of a fault.
 *
 * @param fault    the fault
 * @param isKilled whether the tests saw it
 * @param by       the test that did; or what else happened, in words
 */
record Outcome(Fault fault, boolean isKilled, String by) {
}
