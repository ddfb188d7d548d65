package io.sallyport.tools.system;

import io.sallyport.tools.demo.Namespace;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Sends and receives frames on a host's interface, by a socket of its own (packet(7)) that shares nothing with the gateway's. It is
 * opened by a thread that joins the host's namespace for this (setns(2)); afterwards any thread may use it, one at a time.
 */
final class RawSocket implements AutoCloseable {

    private static final int O_RDONLY = 0;
    private static final int CLONE_NEWNET = 0x4000_0000;
    private static final int AF_PACKET = 17;
    private static final int SOCK_RAW = 3;
    private static final int SOL_PACKET = 263;
    private static final int PACKET_IGNORE_OUTGOING = 23;
    /** ETH_P_ALL in network byte order, as an int that socket(2) takes. */
    private static final short EVERY_PROTOCOL = Short.reverseBytes((short) 3);
    private static final int POLLIN = 1;
    /** Its protocol is at 2, the interface's index at 4 (struct sockaddr_ll). */
    private static final int ADDRESS_LENGTH = 20;
    private static final int LONGEST_FRAME = 65_550;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final MemoryLayout POINTER = ValueLayout.ADDRESS;

    private static final MethodHandle OPEN = call("open", FunctionDescriptor.of(INT, POINTER, INT), Linker.Option.firstVariadicArg(2));
    private static final MethodHandle CLOSE = call("close", FunctionDescriptor.of(INT, INT));
    private static final MethodHandle SETNS = call("setns", FunctionDescriptor.of(INT, INT, INT));
    private static final MethodHandle INDEX = call("if_nametoindex", FunctionDescriptor.of(INT, POINTER));
    private static final MethodHandle SOCKET = call("socket", FunctionDescriptor.of(INT, INT, INT, INT));
    private static final MethodHandle BIND = call("bind", FunctionDescriptor.of(INT, INT, POINTER, INT));
    private static final MethodHandle SET_OPTION = call("setsockopt", FunctionDescriptor.of(INT, INT, INT, INT, POINTER, INT));
    private static final MethodHandle SEND = call("send", FunctionDescriptor.of(LONG, INT, POINTER, LONG, INT));
    private static final MethodHandle RECEIVE = call("recv", FunctionDescriptor.of(LONG, INT, POINTER, LONG, INT));
    private static final MethodHandle POLL = call("poll", FunctionDescriptor.of(INT, POINTER, LONG, INT));

    private final Arena arena = Arena.ofShared();
    private final MemorySegment frame = arena.allocate(LONGEST_FRAME);
    private final MemorySegment poll = arena.allocate(8, 4);
    private final int fd;

    private RawSocket(final int fd) {
        this.fd = fd;
    }

    /** Opens one on an interface; it receives what comes from then on, and not what its own host sends. */
    static RawSocket open(final Namespace host, final String interfaceName) {
        final CompletableFuture<RawSocket> opened = new CompletableFuture<>();
        Thread.ofPlatform().name("open a socket in " + host.name()).start(() -> {
            try {
                opened.complete(openHere(host, interfaceName));
            } catch (final Throwable e) {
                opened.completeExceptionally(e);
            }
        });
        return opened.join();
    }

    /** The thread is in another namespace afterwards: it should end. */
    private static RawSocket openHere(final Namespace host, final String interfaceName) throws Throwable {
        try (Arena local = Arena.ofConfined()) {
            final int namespace = must("open", (int) OPEN.invokeExact(local.allocateFrom("/run/netns/" + host.name()), O_RDONLY));
            must("setns", (int) SETNS.invokeExact(namespace, CLONE_NEWNET));
            must("close", (int) CLOSE.invokeExact(namespace));
            final int index = (int) INDEX.invokeExact(local.allocateFrom(interfaceName));
            final int fd = must("socket", (int) SOCKET.invokeExact(AF_PACKET, SOCK_RAW, 0));
            final MemorySegment one = local.allocateFrom(INT, 1);
            must("setsockopt", (int) SET_OPTION.invokeExact(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, one, Integer.BYTES));
            final MemorySegment address = local.allocate(ADDRESS_LENGTH, Integer.BYTES);
            address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_PACKET);
            address.set(ValueLayout.JAVA_SHORT, 2, EVERY_PROTOCOL);
            address.set(INT, 4, index);
            must("bind", (int) BIND.invokeExact(fd, address, ADDRESS_LENGTH));
            return new RawSocket(fd);
        }
    }

    /** Sends a frame, from its destination MAC address on. */
    void send(final byte[] bytes) {
        try {
            MemorySegment.copy(bytes, 0, frame, ValueLayout.JAVA_BYTE, 0, bytes.length);
            must("send", (int) (long) SEND.invokeExact(fd, frame, (long) bytes.length, 0));
        } catch (final Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** The next frame, from its destination MAC address on; empty when none came within the limit. */
    Optional<byte[]> receive(final int limitMs) {
        try {
            poll.set(INT, 0, fd);
            poll.set(ValueLayout.JAVA_SHORT, 4, (short) POLLIN);
            if (must("poll", (int) POLL.invokeExact(poll, 1L, limitMs)) == 0) {
                return Optional.empty();
            }
            final int length = must("recv", (int) (long) RECEIVE.invokeExact(fd, frame, (long) LONGEST_FRAME, 0));
            return Optional.of(frame.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE));
        } catch (final Throwable e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        try {
            must("close", (int) CLOSE.invokeExact(fd));
        } catch (final Throwable e) {
            throw new AssertionError(e);
        }
        arena.close();
    }

    private static int must(final String call, final int result) {
        if (result < 0) {
            throw new AssertionError(call + " failed");
        }
        return result;
    }

    @SuppressWarnings("restricted")
    private static MethodHandle call(final String name, final FunctionDescriptor descriptor, final Linker.Option... options) {
        final Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor, options);
    }

    static {
        if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
            throw new AssertionError("byte orders are written for little-endian machines");
        }
    }
}
