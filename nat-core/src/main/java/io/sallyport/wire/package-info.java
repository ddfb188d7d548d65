/**
 * Wire formats: where each header field lies and how it is read and written. This package knows bytes and no NAT.
 *
 * <h2>The contract of unchecked access</h2>
 * The accessors here read and write at the offsets they are given and check nothing. Whoever calls them has established, once, that
 * the whole header lies within the frame: for received frames that is {@code io.sallyport.packet.FrameParser}, which drops what is
 * too short before any other code sees it. After the parser, a packet's layer-3 and layer-4 offsets can be trusted.
 *
 * <p>Agrona's own bounds checks, which guard the frame memory as a whole, stay on in every test and by default.
 *
 * <h2>Conventions</h2>
 * IPv4 addresses are {@code int}s in numeric order ({@code 10.0.0.1} is {@code 0x0A000001}), MAC addresses the low 48 bits of a
 * {@code long}, ports and other 16-bit fields {@code int}s from 0 to 65535. <em>Raw</em> in a name means the bytes as they stand in
 * memory, in the machine's order: that is how flow keys compare and copy addresses and ports without turning a byte.
 */
package io.sallyport.wire;
