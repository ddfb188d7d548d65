/**
 * Connection tracking: the off-heap table of connections, a line for each with its two flows, and the timers that end them. This package
 * sees keys and indices, never packet bytes.
 *
 * <p>A table belongs to one worker: only that worker's thread writes it. Other processes map the file and read; what they see may be
 * a moment old, and they treat it so.
 */
package io.sallyport.flow;
