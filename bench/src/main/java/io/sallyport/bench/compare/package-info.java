/**
 * The comparison: Sallyport end to end beside the kernel's own NAT and a forwarder in C, in one run on one machine.
 *
 * <p>{@link io.sallyport.bench.compare.Compare} is the program, {@link io.sallyport.bench.compare.Metric} what it measures one after the
 * other, {@link io.sallyport.bench.compare.Device} what is measured, {@link io.sallyport.bench.compare.Lab} the network around it.
 */
package io.sallyport.bench.compare;
