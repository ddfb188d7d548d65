package io.sallyport.io.linux;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What this process may do beyond others (capabilities(7)), and how it gives that up. Control path; for a program, not for a library: it is
 * about the whole process.
 *
 * <p>Capabilities belong to threads, and a thread can change only its own: those that the virtual machine started before any Java ran
 * (compilers, collector, signals) cannot be asked to. So each thread of the process is sent a signal whose handler gives them up. It is
 * machine code, as no Java may run in a handler, and does what libcap's libpsx does, which would have to be there when threads are made:
 *
 * <pre>
 *  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)      no program that it starts gets more, whoever owns the file
 *  capset(own thread, nothing at all)          permitted, effective, inheritable, and with them ambient
 * </pre>
 *
 * <p>The handler stays for good: a signal that comes late, or from somebody else, does the same once more, and that is nothing.
 */
public final class Privileges {

    private static final int PROT_READ = 1;
    private static final int PROT_EXEC = 4;
    private static final int MCL_CURRENT_FUTURE_ON_FAULT = 7;

    /** A real-time signal near the end of their range; the JDK uses none, the C library the first two. */
    private static final int SIGNAL = 60;
    private static final long SA_RESTART = 0x1000_0000L;
    private static final long SA_RESTORER = 0x0400_0000L;
    private static final int SIGNAL_SET_LENGTH = 8;

    private static final int PAGE_LENGTH = 4096;
    /** {@code struct sigaction} of the kernel: handler, flags, restorer, mask. */
    private static final int ACTION_OFFSET = 512;
    private static final int CAPABILITY_VERSION_3 = 0x2008_0522;

    private static final int ROUNDS = 100;
    private static final long BETWEEN_ROUNDS_NS = TimeUnit.MILLISECONDS.toNanos(2);
    private static final Path THREADS = Path.of("/proc/self/task");
    private static final List<String> SETS = List.of("CapInh:", "CapPrm:", "CapEff:", "CapAmb:");

    private final LinuxCalls calls = new LinuxCalls();
    private final Processor processor;

    private Privileges(final Processor processor) {
        this.processor = processor;
    }

    /**
     * Has every thread of this process give up all its capabilities, for good. What is open stays open.
     *
     * @return why some thread has kept its own, as half a sentence; empty when none has any
     */
    public static Optional<String> drop() {
        final Optional<Processor> processor = Processor.current();
        if (processor.isEmpty()) {
            return Optional.of("dropping them is not written for processors like this one");
        }
        try {
            return threadsWithCapabilities().isEmpty() ? Optional.empty() : new Privileges(processor.get()).broadcast();
        } catch (final IOException e) {
            return Optional.of(THREADS + " cannot be read");
        }
    }

    /**
     * Keeps what this process has in memory, and will have, from being swapped out. Does nothing where the process may not lock all that it
     * will ever map: then the call for the last page would fail, somewhere in the virtual machine.
     *
     * @return whether it did
     */
    public static boolean lockMemory() {
        final LinuxCalls calls = new LinuxCalls();
        return mayLockAll() && Processor.current().filter(
            processor -> calls.systemCall(processor.mlockall(), MCL_CURRENT_FUTURE_ON_FAULT, 0, 0, 0) == 0).isPresent();
    }

    private static boolean mayLockAll() {
        try {
            return Files.readAllLines(Path.of("/proc/self/limits")).stream()
                .anyMatch(line -> line.matches("Max locked memory +unlimited .*"));
        } catch (final IOException unknown) {
            return false;
        }
    }

    private Optional<String> broadcast() throws IOException {
        final int result = install();
        if (result < 0) {
            return Optional.of("no handler: " + Errno.describe(result));
        }
        final long pid = ProcessHandle.current().pid();
        List<Integer> left = threadsWithCapabilities();
        // a thread that is being born while the others are asked inherits its parent's, and is asked in the next round
        for (int round = 0; round < ROUNDS && !left.isEmpty(); round++) {
            left.forEach(thread -> calls.systemCall(processor.tgkill(), pid, thread, SIGNAL, 0));
            LockSupport.parkNanos(BETWEEN_ROUNDS_NS);
            left = threadsWithCapabilities();
        }
        return left.isEmpty() ? Optional.empty() : Optional.of("threads that do not answer: " + left);
    }

    /** Makes a page with the handler and what it needs, which is never unmapped, and installs it. */
    private int install() {
        final long page = calls.mapMemory(PAGE_LENGTH);
        if (page < 0) {
            return (int) page;
        }
        final UnsafeBuffer memory = new UnsafeBuffer(page, PAGE_LENGTH);
        processor.putCode(memory);
        memory.putInt(Processor.HEADER_OFFSET, CAPABILITY_VERSION_3);
        memory.putLong(ACTION_OFFSET, page);
        memory.putLong(ACTION_OFFSET + 8, processor.hasRestorer() ? SA_RESTART | SA_RESTORER : SA_RESTART);
        memory.putLong(ACTION_OFFSET + 16, page + Processor.RESTORER_OFFSET);
        final int result = calls.systemCall(processor.mprotect(), page, PAGE_LENGTH, PROT_READ | PROT_EXEC, 0);
        return result < 0 ? result : calls.systemCall(processor.rtSigaction(), SIGNAL, page + ACTION_OFFSET, 0, SIGNAL_SET_LENGTH);
    }

    private static List<Integer> threadsWithCapabilities() throws IOException {
        final List<Integer> found = new ArrayList<>();
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(THREADS)) {
            for (final Path thread : threads) {
                if (hasCapabilities(thread)) {
                    found.add(Integer.valueOf(thread.getFileName().toString()));
                }
            }
        }
        return found;
    }

    private static boolean hasCapabilities(final Path thread) throws IOException {
        try {
            return Files.readAllLines(thread.resolve("status")).stream()
                .anyMatch(line -> SETS.stream().anyMatch(line::startsWith) && !line.endsWith("\t0000000000000000"));
        } catch (final NoSuchFileException hasEnded) {
            return false;
        } catch (final IOException gone) {
            // the file of a thread that ends while it is read answers ESRCH
            if (Files.exists(thread)) {
                throw gone;
            }
            return false;
        }
    }
}
