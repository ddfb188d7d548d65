/** Designs that lost, and what they lost by. */
package io.sallyport.bench.layout;
