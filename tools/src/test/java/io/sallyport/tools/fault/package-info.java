/**
 * The check of the tests: faults that the engine does not have are put into copies of its classes, one at a time, and a test must see each.
 * {@code docs/faults} lists them; {@code tools/bin/mutation-check} runs them all.
 */
package io.sallyport.tools.fault;
