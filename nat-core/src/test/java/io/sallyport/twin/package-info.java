/**
 * The gateway's slow, obvious twin: a NAT of lists and loops, written from the RFCs and {@code docs/decisions/003}, not from the engine.
 * Random traffic goes through both, and whatever leaves must be the same, byte for byte.
 */
package io.sallyport.twin;
