/**
 * The whole gateway: its interfaces, its state files, and the threads that run the stages. The only package that knows the Disruptor.
 */
package io.sallyport.runtime;
