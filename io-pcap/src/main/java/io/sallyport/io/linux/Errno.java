package io.sallyport.io.linux;

/** Error numbers of Linux (asm-generic/errno.h) that the ports tell apart. */
final class Errno {

    /** Operation not permitted. */
    static final int EPERM = 1;
    /** Interrupted by a signal. */
    static final int EINTR = 4;
    /** No such device or address. */
    static final int ENXIO = 6;
    /** Try again. */
    static final int EAGAIN = 11;
    /** Out of memory. */
    static final int ENOMEM = 12;
    /** Permission denied. */
    static final int EACCES = 13;
    /** Busy: somebody else has it. */
    static final int EBUSY = 16;
    /** It exists already. */
    static final int EEXIST = 17;
    /** No such device. */
    static final int ENODEV = 19;
    /** Invalid argument. */
    static final int EINVAL = 22;
    /** No such system call. */
    static final int ENOSYS = 38;
    /** Message too long. */
    static final int EMSGSIZE = 90;
    /** Not supported. */
    static final int EOPNOTSUPP = 95;
    /** The kernel does not know the address family. */
    static final int EAFNOSUPPORT = 97;
    /** The network is down. */
    static final int ENETDOWN = 100;
    /** No buffer space available. */
    static final int ENOBUFS = 105;

    private Errno() {
    }

    /** The error number that a call returned, in words. */
    static String describe(final int result) {
        return switch (-result) {
            case EPERM -> "operation not permitted";
            case ENXIO, ENODEV -> "no such device";
            case ENOMEM, ENOBUFS -> "out of memory";
            case EACCES -> "permission denied";
            case EBUSY -> "somebody else has it";
            case EOPNOTSUPP, ENOSYS, EAFNOSUPPORT -> "not supported";
            case EINVAL -> "invalid argument";
            case ENETDOWN -> "the interface is down";
            default -> "error " + -result;
        };
    }
}
