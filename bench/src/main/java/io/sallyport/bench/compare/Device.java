package io.sallyport.bench.compare;

import io.sallyport.tools.demo.BackgroundProcess;

/** What is measured: something that passes packets from one side of a {@link Lab} to the other. */
interface Device {

    /** Its name in tables; the first word tells its kind. */
    String name();

    /** Where the packets that it sends outside come from, as ADDRESS/LENGTH. */
    String publicPrefix();

    /**
     * Puts it between the hosts of a lab; it is gone when it or the lab is closed.
     *
     * @throws UnavailableException when this machine or this version does not have it
     */
    Running start(Lab lab);

    /** Whether packets of it take their time on the gateway's core, in user space. */
    default boolean isInUserSpace() {
        return true;
    }

    /** Whether its code is as fast from the first packet on as it will ever be. */
    default boolean isCompiledBefore() {
        return true;
    }

    /**
     * A device at work.
     *
     * @param process what runs it; null for the kernel
     * @param readyMs from start to readiness
     */
    record Running(BackgroundProcess process, double readyMs) implements AutoCloseable {

        @Override
        public void close() {
            if (process != null) {
                process.close();
            }
        }
    }

    /** A device that cannot be had, and why. */
    final class UnavailableException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        UnavailableException(final String reason) {
            super(reason);
        }
    }
}
