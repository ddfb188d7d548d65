package io.sallyport.io.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * The system calls that the ports make, by way of the C library. Unless it says otherwise, a call returns what the kernel does: a
 * result of 0 or more, or the negated error number (see {@link Errno}).
 *
 * <p>All functions are called in one shape: six {@code long}s in, one out. The machines that the ports know (64-bit, System V or AAPCS64)
 * pass integers and pointers alike in registers, of which a function reads as many as it has parameters; of an {@code int} result the upper
 * half means nothing. So the JDK makes two kinds of calls and not one for each function, which took 0.1 s of every start.
 *
 * <p>Every handle is invoked exactly, so that a call allocates nothing. The exception is a call that catches the C library's
 * {@code errno}: until the compiler has seen to it, it allocates 40 bytes (measured with JDK 25). So the calls of the hot path catch it
 * only when they fail. Each object owns the memory in which it is caught, and belongs to one thread at a time; the threads of a port have
 * one each.
 */
final class LinuxCalls {

    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout ERRNO_LAYOUT = Linker.Option.captureStateLayout();
    private static final long ERRNO_OFFSET = ERRNO_LAYOUT.byteOffset(MemoryLayout.PathElement.groupElement("errno"));
    private static final Linker.Option CATCH_ERRNO = Linker.Option.captureCallState("errno");

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final FunctionDescriptor SHAPE = FunctionDescriptor.of(LONG, LONG, LONG, LONG, LONG, LONG, LONG);

    private static final MethodHandle SOCKET = call("socket", CATCH_ERRNO);
    private static final MethodHandle BIND = call("bind", CATCH_ERRNO);
    private static final MethodHandle CLOSE = call("close");
    private static final MethodHandle SET_OPTION = call("setsockopt", CATCH_ERRNO);
    private static final MethodHandle GET_OPTION = call("getsockopt");
    private static final MethodHandle IOCTL = call("ioctl", CATCH_ERRNO);
    private static final MethodHandle MMAP = call("mmap", CATCH_ERRNO);
    private static final MethodHandle MUNMAP = call("munmap");
    private static final MethodHandle MADVISE = call("madvise", CATCH_ERRNO);
    private static final MethodHandle PPOLL = call("ppoll");
    private static final MethodHandle SENDMMSG = call("sendmmsg");
    private static final MethodHandle SENDMMSG_CATCHING = call("sendmmsg", CATCH_ERRNO);
    private static final MethodHandle SENDTO = call("sendto");
    private static final MethodHandle SENDTO_CATCHING = call("sendto", CATCH_ERRNO);
    private static final MethodHandle RECVFROM = call("recvfrom");
    /** For what the C library has no function for, or one that is not called often enough to deserve a handle. */
    private static final MethodHandle SYSCALL = call("syscall", CATCH_ERRNO);
    /** Numbers of bpf(2) and socketpair(2): asm/unistd_64.h, and asm-generic/unistd.h for AArch64. */
    private static final long SYS_BPF = "aarch64".equals(System.getProperty("os.arch")) ? 280 : 321;
    private static final long SYS_SOCKETPAIR = "aarch64".equals(System.getProperty("os.arch")) ? 199 : 53;
    private static final long MSG_DONTWAIT = 0x40;
    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_PRIVATE = 2;
    private static final int MAP_ANONYMOUS = 0x20;

    private final MemorySegment caught = Arena.global().allocate(ERRNO_LAYOUT);

    @SuppressWarnings("restricted")
    private static MethodHandle call(final String name, final Linker.Option... options) {
        return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), SHAPE, options);
    }

    /** socket(2): a file descriptor. */
    int socket(final int domain, final int type, final int protocol) {
        try {
            return result((long) SOCKET.invokeExact(caught, (long) domain, (long) type, (long) protocol, 0L, 0L, 0L));
        } catch (final Throwable e) {
            throw broken(e);
        }
    }

    /** socketpair(2): 0, and two file descriptors at {@code descriptors}. */
    int socketPair(final int domain, final int type, final int protocol, final long descriptors) {
        return systemCall(SYS_SOCKETPAIR, domain, type, protocol, descriptors);
    }

    /** bind(2). */
    int bind(final int fd, final long address, final int addressLength) {
        try {
            return result((long) BIND.invokeExact(caught, (long) fd, address, (long) addressLength, 0L, 0L, 0L));
        } catch (final Throwable e) {
            throw broken(e);
        }
    }

    /** close(2), of which nothing is left to be told. */
    void close(final int fd) {
        try {
            final long ignored = (long) CLOSE.invokeExact((long) fd, 0L, 0L, 0L, 0L, 0L);
        } catch (final Throwable e) {
            throw broken(e);
        }
    }

    /** setsockopt(2). */
    int setOption(final int fd, final int level, final int option, final long value, final int valueLength) {
        try {
            return result((long) SET_OPTION.invokeExact(caught, (long) fd, (long) level, (long) option, value, (long) valueLength, 0L));
        } catch (final Throwable e) {
            throw broken(e);
        }
    }

    /** getsockopt(2): 0, or -1; {@code lengthAddress} points at the value's length, which the kernel updates. */
    int getOption(final int fd, final int level, final int option, final long value, final long lengthAddress) {
        try {
            return (int) (long) GET_OPTION.invokeExact((long) fd, (long) level, (long) option, value, lengthAddress, 0L);
        } catch (final Throwable e) {
            throw broken(e);
        }
    }

    /** ioctl(2) with a pointer. */
    int ioctl(final int fd, final long request, final long argument) {
        try {
            return result((long) IOCTL.invokeExact(caught, (long) fd, request, argument, 0L, 0L, 0L));
        } catch (final Throwable e) {
            throw broken(e);
        }
    }

    /** mmap(2) from the beginning of what {@code fd} is: an address, or a negated error number. */
    long mmap(final long lengthBytes, final int protection, final int flags, final int fd) {
        return mmap(lengthBytes, protection, flags, fd, 0);
    }

    /** mmap(2): an address, or a negated error number. */
    long mmap(final long lengthBytes, final int protection, final int flags, final int fd, final long offset) {
        try {
            final long address = (long) MMAP.invokeExact(caught, 0L, lengthBytes, (long) protection, (long) flags, (long) fd, offset);
            return address == -1 ? -errno() : address;
        } catch (final Throwable e) {
            throw broken(e);
        }
    }

    /** mmap(2) of zeroed memory of this process's own, to read and write: an address, or a negated error number. */
    long mapMemory(final long lengthBytes) {
        return mmap(lengthBytes, PROT_READ_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    }

    /** madvise(2). */
    int advise(final long address, final long lengthBytes, final int advice) {
        try {
            return result((long) MADVISE.invokeExact(caught, address, lengthBytes, (long) advice, 0L, 0L, 0L));
        } catch (final Throwable e) {
            throw broken(e);
        }
    }

    /** munmap(2), which does not fail for what was mapped. */
    void munmap(final long address, final long lengthBytes) {
        try {
            final long ignored = (long) MUNMAP.invokeExact(address, lengthBytes, 0L, 0L, 0L, 0L);
        } catch (final Throwable e) {
            throw broken(e);
        }
    }

    /** ppoll(2) without a signal mask: the number of descriptors with events, or -1; {@code timespec} points at seconds and nanoseconds. */
    int poll(final long descriptors, final int count, final long timespec) {
        try {
            return (int) (long) PPOLL.invokeExact(descriptors, (long) count, timespec, 0L, 0L, 0L);
        } catch (final Throwable e) {
            throw broken(e);
        }
    }

    /** sendmmsg(2): how many messages were sent, at least 1, or the first one's error, for which it is tried again. */
    int sendMessages(final int fd, final long messages, final int count, final int flags) {
        try {
            final int sent = (int) (long) SENDMMSG.invokeExact((long) fd, messages, (long) count, (long) flags, 0L, 0L);
            return sent >= 0 ? sent
                : result((long) SENDMMSG_CATCHING.invokeExact(caught, (long) fd, messages, (long) count, (long) flags, 0L, 0L));
        } catch (final Throwable e) {
            throw broken(e);
        }
    }

    /** sendto(2) of nothing, which has an AF_XDP socket send what its transmit ring holds: 0, or an error, for which it was tried twice. */
    int wakeTransmit(final int fd) {
        try {
            final long first = (int) (long) SENDTO.invokeExact((long) fd, 0L, 0L, MSG_DONTWAIT, 0L, 0L);
            return first >= 0 ? 0 : result((long) SENDTO_CATCHING.invokeExact(caught, (long) fd, 0L, 0L, MSG_DONTWAIT, 0L, 0L));
        } catch (final Throwable e) {
            throw broken(e);
        }
    }

    /** recvfrom(2) of nothing, which has the driver look at an AF_XDP socket's fill ring; of any other socket it throws a message away. */
    void receiveNothing(final int fd) {
        try {
            final long ignored = (long) RECVFROM.invokeExact((long) fd, 0L, 0L, MSG_DONTWAIT, 0L, 0L);
        } catch (final Throwable e) {
            throw broken(e);
        }
    }

    /** bpf(2): what the command returns, a file descriptor mostly. */
    int bpf(final int command, final long attributes, final int attributesLength) {
        return systemCall(SYS_BPF, command, attributes, attributesLength, 0);
    }

    /** syscall(2), by the call's number on this machine's architecture. */
    int systemCall(final long number, final long first, final long second, final long third, final long fourth) {
        try {
            return result((long) SYSCALL.invokeExact(caught, number, first, second, third, fourth, 0L));
        } catch (final Throwable e) {
            throw broken(e);
        }
    }

    private int result(final long returned) {
        return (int) returned == -1 ? -errno() : (int) returned;
    }

    private int errno() {
        return caught.get(ValueLayout.JAVA_INT, ERRNO_OFFSET);
    }

    /** The calls declare Throwable; none throws unless the linker is broken. */
    private static LinkageError broken(final Throwable cause) {
        return new LinkageError("a call into the C library failed", cause);
    }
}
