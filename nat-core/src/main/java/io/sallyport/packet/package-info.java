/**
 * The batch of packets that travels through the gateway, the parser that checks every length once, and the ports through which
 * packets come and go. Everything behind the parser trusts the offsets that it left in the batch.
 */
package io.sallyport.packet;
