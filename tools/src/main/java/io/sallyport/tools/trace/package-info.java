/** Asks the engine what becomes of a packet, beside the running gateway: text to bytes, a copy of the tables, the answer as a screen. */
package io.sallyport.tools.trace;
