package io.sallyport.io.linux;

import io.sallyport.packet.PacketBackend.Settings;
import io.sallyport.packet.PortException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Consumer;

/**
 * What a backend opens of both interfaces, at once: most of the time goes into waiting for the kernel, and for {@code nft}.
 *
 * @param inside  of the inside interface
 * @param outside of the outside interface
 */
record Both<T>(T inside, T outside) {

    /** Opens something of one interface. */
    @FunctionalInterface
    interface Opener<T> {
        /** Does it, or throws with a message for the user after undoing what was done. */
        T open(Settings settings) throws PortException;
    }

    /**
     * Opens both.
     *
     * @param closer undoes what {@code opener} did
     * @throws PortException of the inside, if both fail; neither is open then
     */
    static <T> Both<T> open(final Settings inside, final Settings outside, final Opener<T> opener, final Consumer<T> closer)
        throws PortException {
        final FutureTask<T> opening = new FutureTask<>(() -> opener.open(inside));
        Thread.ofPlatform().daemon().name("sallyport-start-inside").start(opening);
        final T outsideOpen;
        try {
            outsideOpen = opener.open(outside);
        } catch (final PortException | RuntimeException | Error e) {
            closer.accept(result(opening));
            throw e;
        }
        try {
            return new Both<>(result(opening), outsideOpen);
        } catch (final PortException | RuntimeException | Error e) {
            closer.accept(outsideOpen);
            throw e;
        }
    }

    private static <T> T result(final FutureTask<T> opening) throws PortException {
        try {
            return opening.get();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PortException("interrupted while opening the interfaces", e);
        } catch (final ExecutionException e) {
            switch (e.getCause()) {
                case final PortException failure -> throw failure;
                case final RuntimeException failure -> throw failure;
                case final Error failure -> throw failure;
                default -> throw new IllegalStateException(e.getCause());
            }
        }
    }
}
