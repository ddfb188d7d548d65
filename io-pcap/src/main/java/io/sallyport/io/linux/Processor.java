package io.sallyport.io.linux;

import java.util.Optional;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What {@link Privileges} must know of a kind of processor: numbers of system calls, and the machine code of its signal handler. The code
 * fills the beginning of a page, and finds further down what it hands to capset(2):
 *
 * <pre>
 *  +-----------------------+    0
 *  |  handler              |
 *  +-----------------------+  128
 *  |  restorer, if any     |
 *  +-----------------------+  256
 *  |  header for capset    |         version 3, own thread
 *  +-----------------------+  320
 *  |  sets for capset      |         two times effective, permitted, inheritable: zeros
 *  +-----------------------+  344
 * </pre>
 */
enum Processor {
    /** Numbers: asm/unistd_64.h. */
    AMD64("amd64", 10, 13, 151, 234) {
        @Override
        void putCode(final UnsafeBuffer page) {
            int at = put(page, 0, 0xB8, 157, 0, 0, 0);                  // mov eax, prctl
            at = put(page, at, 0xBF, 38, 0, 0, 0);                      // mov edi, PR_SET_NO_NEW_PRIVS
            at = put(page, at, 0xBE, 1, 0, 0, 0);                       // mov esi, 1
            at = put(page, at, 0x31, 0xD2);                             // xor edx, edx
            at = put(page, at, 0x4D, 0x31, 0xD2);                       // xor r10, r10
            at = put(page, at, 0x4D, 0x31, 0xC0);                       // xor r8, r8
            at = put(page, at, 0x0F, 0x05);                             // syscall
            at = put(page, at, 0xB8, 126, 0, 0, 0);                     // mov eax, capset
            at = put(page, at, 0x48, 0x8D, 0x3D);                       // lea rdi, header
            page.putInt(at, HEADER_OFFSET - (at + Integer.BYTES));
            at = put(page, at + Integer.BYTES, 0x48, 0x8D, 0x35);       // lea rsi, sets
            page.putInt(at, SETS_OFFSET - (at + Integer.BYTES));
            put(page, at + Integer.BYTES, 0x0F, 0x05, 0xC3);            // syscall, ret
            put(page, RESTORER_OFFSET, 0x48, 0xC7, 0xC0, 15, 0, 0, 0, 0x0F, 0x05);    // mov rax, rt_sigreturn; syscall
        }

        @Override
        boolean hasRestorer() {
            return true;
        }
    },
    /** Numbers: asm-generic/unistd.h. A handler returns by way of the kernel's own code. */
    AARCH64("aarch64", 226, 134, 230, 131) {
        @Override
        void putCode(final UnsafeBuffer page) {
            int at = move(page, 0, 8, 167);                             // mov x8, prctl
            at = move(page, at, 0, 38);                                 // mov x0, PR_SET_NO_NEW_PRIVS
            at = move(page, at, 1, 1);                                  // mov x1, 1
            at = move(page, at, 2, 0);                                  // mov x2, 0
            at = move(page, at, 3, 0);                                  // mov x3, 0
            at = move(page, at, 4, 0);                                  // mov x4, 0
            at = word(page, at, 0xD400_0001);                           // svc 0
            at = move(page, at, 8, 91);                                 // mov x8, capset
            at = word(page, at, addressOf(HEADER_OFFSET - at, 0));      // adr x0, header
            at = word(page, at, addressOf(SETS_OFFSET - at, 1));        // adr x1, sets
            at = word(page, at, 0xD400_0001);                           // svc 0
            word(page, at, 0xD65F_03C0);                                // ret
        }

        @Override
        boolean hasRestorer() {
            return false;
        }
    };

    static final int RESTORER_OFFSET = 128;
    static final int HEADER_OFFSET = 256;
    static final int SETS_OFFSET = 320;

    private final String label;
    private final int mprotect;
    private final int rtSigaction;
    private final int mlockall;
    private final int tgkill;

    Processor(final String label, final int mprotect, final int rtSigaction, final int mlockall, final int tgkill) {
        this.label = label;
        this.mprotect = mprotect;
        this.rtSigaction = rtSigaction;
        this.mlockall = mlockall;
        this.tgkill = tgkill;
    }

    /** That of this machine, if it is one of these. */
    static Optional<Processor> current() {
        final String architecture = System.getProperty("os.arch");
        for (final Processor processor : values()) {
            if (processor.label.equals(architecture)) {
                return Optional.of(processor);
            }
        }
        return Optional.empty();
    }

    /** Number of mprotect(2). */
    int mprotect() {
        return mprotect;
    }

    /** Number of rt_sigaction(2). */
    int rtSigaction() {
        return rtSigaction;
    }

    /** Number of mlockall(2). */
    int mlockall() {
        return mlockall;
    }

    /** Number of tgkill(2). */
    int tgkill() {
        return tgkill;
    }

    /** Whether the action must say how a handler returns. */
    abstract boolean hasRestorer();

    /** Writes handler and restorer. */
    abstract void putCode(UnsafeBuffer page);

    private static int put(final UnsafeBuffer page, final int offset, final int... bytes) {
        for (int i = 0; i < bytes.length; i++) {
            page.putByte(offset + i, (byte) bytes[i]);
        }
        return offset + bytes.length;
    }

    private static int word(final UnsafeBuffer page, final int offset, final int instruction) {
        page.putInt(offset, instruction);
        return offset + Integer.BYTES;
    }

    /** MOVZ: a register becomes a number below 65,536. */
    private static int move(final UnsafeBuffer page, final int offset, final int register, final int value) {
        return word(page, offset, 0xD280_0000 | value << 5 | register);
    }

    /** ADR: a register becomes the address at a distance that is a multiple of 4 and below a million. */
    private static int addressOf(final int distance, final int register) {
        return 0x1000_0000 | distance / 4 << 5 | register;
    }
}
