package io.sallyport.io.linux;

import io.sallyport.memory.HugePages;
import io.sallyport.memory.OffHeap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Transparent huge pages by madvise(2) (the kernel's admin-guide/mm/transhuge). From Linux 6.1 on the kernel moves the memory at once, and
 * whatever its settings say, but for {@code shmem_enabled} being {@code deny}. Before, or where it finds no huge page, it moves the
 * memory in its own time: that of the process if {@code transparent_hugepage/enabled} is {@code madvise} or {@code always}, files in
 * memory, as the table of connections is, if {@code shmem_enabled} is {@code advise} or more, or on a tmpfs mounted with
 * {@code huge=advise}.
 */
public final class TransparentHugePages implements HugePages {

    /** Length of a huge page, in bytes. */
    static final long HUGE_PAGE_LENGTH = 2 << 20;
    /** Advice to madvise(2). */
    static final int MADV_HUGEPAGE = 14;

    private static final Path SETTINGS = Path.of("/sys/kernel/mm/transparent_hugepage");
    private static final int MADV_COLLAPSE = 25;

    /** Made by the service loader. */
    public TransparentHugePages() {
    }

    @Override
    public Optional<String> advise(final OffHeap memory, final Backing backing) {
        final long first = alignedUp(memory.address());
        final long end = memory.address() + memory.length() & -HUGE_PAGE_LENGTH;
        if (end <= first) {
            return Optional.empty();
        }
        final LinuxCalls calls = new LinuxCalls();
        final int result = calls.advise(first, end - first, MADV_HUGEPAGE);
        if (result < 0) {
            return Optional.of("madvise: " + Errno.describe(result));
        }
        if (calls.advise(first, end - first, MADV_COLLAPSE) == 0) {
            return Optional.empty();
        }
        return backing == Backing.FILE ? unlessOffered("shmem_enabled", "never", "deny") : unlessOffered("enabled", "never");
    }

    /** The next address or length that is one of whole huge pages. */
    static long alignedUp(final long address) {
        return address + HUGE_PAGE_LENGTH - 1 & -HUGE_PAGE_LENGTH;
    }

    private static Optional<String> unlessOffered(final String setting, final String... refusals) {
        try {
            final String modes = Files.readString(SETTINGS.resolve(setting)).strip();
            for (final String refusal : refusals) {
                if (modes.contains("[" + refusal + "]")) {
                    return Optional.of(SETTINGS.resolve(setting) + " is " + refusal);
                }
            }
            return Optional.empty();
        } catch (final IOException e) {
            return Optional.of("this kernel has none");
        }
    }
}
