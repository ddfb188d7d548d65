/**
 * Linux: AF_PACKET rings, AF_XDP sockets, the calls that they need. The only package that uses {@code java.lang.foreign}, and of it only
 * {@link io.sallyport.io.linux.LinuxCalls}; the structures of the kernel's interface are read and written through Agrona buffers.
 *
 * <p>Layouts and constants are those of the 64-bit little-endian ABI (x86-64, AArch64), which the backends check for.
 */
package io.sallyport.io.linux;
