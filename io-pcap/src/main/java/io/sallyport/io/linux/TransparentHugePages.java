package io.sallyport.io.linux;

import io.sallyport.memory.HugePages;
import io.sallyport.memory.OffHeap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Transparent huge pages by madvise(2) (the kernel's admin-guide/mm/transhuge). Memory of the process needs
 * {@code transparent_hugepage/enabled} to be {@code madvise} or {@code always}; files in memory, as the table of connections is, need
 * {@code shmem_enabled} to be {@code advise} or more, or a tmpfs that is mounted with {@code huge=advise}.
 */
public final class TransparentHugePages implements HugePages {

    private static final Path SETTINGS = Path.of("/sys/kernel/mm/transparent_hugepage");
    private static final long HUGE_PAGE_LENGTH = 2 << 20;
    private static final int MADV_HUGEPAGE = 14;

    /** Made by the service loader. */
    public TransparentHugePages() {
    }

    @Override
    public Optional<String> advise(final OffHeap memory, final Backing backing) {
        final long first = memory.address() + HUGE_PAGE_LENGTH - 1 & -HUGE_PAGE_LENGTH;
        final long end = memory.address() + memory.length() & -HUGE_PAGE_LENGTH;
        if (end <= first) {
            return Optional.empty();
        }
        final int result = new LinuxCalls().advise(first, end - first, MADV_HUGEPAGE);
        if (result < 0) {
            return Optional.of("madvise: " + Errno.describe(result));
        }
        return backing == Backing.FILE ? unlessOffered("shmem_enabled", "never", "deny") : unlessOffered("enabled", "never");
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
