/** JMH benchmarks of the engine. */
package io.sallyport.bench;
