/**
 * ICMP that the gateway makes itself (errors, answers to ping) and ICMP errors that it translates. Everything here reads and writes
 * frames in place; nothing allocates after construction.
 */
package io.sallyport.icmp;
