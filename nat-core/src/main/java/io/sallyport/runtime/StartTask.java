package io.sallyport.runtime;

import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Consumer;

/** A part of the start on a thread of its own. */
final class StartTask<T> {

    private final FutureTask<T> future;

    private StartTask(final String name, final StartTimes times, final int priority, final Callable<T> work) {
        future = new FutureTask<>(() -> times.time(name, work::call));
        Thread.ofPlatform().daemon().name("sallyport-start-" + name).priority(priority).start(future);
    }

    /** Begins a part that the first packet waits for. */
    static <T> StartTask<T> begin(final String name, final StartTimes times, final Callable<T> work) {
        return new StartTask<>(name, times, Thread.NORM_PRIORITY, work);
    }

    /** Begins a part that gives way to the others, where the system lets threads do that (ThreadPriorityPolicy). */
    static <T> StartTask<T> beginBehind(final String name, final StartTimes times, final Callable<T> work) {
        return new StartTask<>(name, times, Thread.MIN_PRIORITY, work);
    }

    /** Waits for the result, or throws what the part threw. */
    T get() throws IOException {
        try {
            return future.get();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while starting", e);
        } catch (final ExecutionException e) {
            switch (e.getCause()) {
                case final IOException failure -> throw failure;
                case final RuntimeException failure -> throw failure;
                case final Error failure -> throw failure;
                default -> throw new IllegalStateException(e.getCause());
            }
        }
    }

    /** Undoes the part, once it has ended, if it succeeded. */
    void undo(final Consumer<T> undoing) {
        try {
            undoing.accept(future.get());
        } catch (final ExecutionException failedItself) {
            // then it has undone what it did
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
