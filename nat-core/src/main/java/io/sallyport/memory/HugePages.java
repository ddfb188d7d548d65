package io.sallyport.memory;

import java.util.Optional;
import java.util.ServiceLoader;

/**
 * Asks the system to put tables on huge pages, of which a processor remembers the places of far more memory. The library makes no system
 * calls itself: whoever does, offers this as a service.
 */
public interface HugePages {

    /** What memory is backed by. */
    enum Backing {
        /** Nothing: it ends with the process. */
        PROCESS,
        /** A file in memory. */
        FILE
    }

    /**
     * Asks for them; the system moves the memory when it finds time.
     *
     * @return why it will not, as half a sentence; empty if it was asked
     */
    Optional<String> advise(OffHeap memory, Backing backing);

    /** Asks whoever can make system calls here. */
    static Optional<String> ask(final OffHeap memory, final Backing backing) {
        return ServiceLoader.load(HugePages.class).findFirst()
            .map(service -> service.advise(memory, backing))
            .orElse(Optional.of("nobody here can ask the system for them"));
    }
}
