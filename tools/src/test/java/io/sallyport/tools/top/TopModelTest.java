package io.sallyport.tools.top;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.counter.CommandControlFile;
import io.sallyport.counter.Counter;
import io.sallyport.counter.Description;
import io.sallyport.counter.Fact;
import io.sallyport.tools.screen.Sample;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A gateway that comes, goes and comes back while someone looks. */
class TopModelTest {

    @TempDir
    private Path state;

    private CommandControlFile gateway(final long startEpochMs) throws IOException {
        final CommandControlFile gateway =
            CommandControlFile.create(state, new Description(startEpochMs, List.of("ingress"), Map.of(Fact.NAME, "edge")));
        gateway.heartbeat(System.currentTimeMillis());
        gateway.ready();
        return gateway;
    }

    @Test
    void restart_is_survived() throws IOException {
        try (TopSource source = new TopSource(state)) {
            final TopModel model = new TopModel(source);
            assertEquals(Optional.empty(), model.refresh(), "none has been seen yet");
            final CommandControlFile first = gateway(1);
            first.counters(0).add(Counter.PACKETS_IN_FROM_SOURCE, 1_000);
            model.refresh();
            first.counters(0).add(Counter.PACKETS_IN_FROM_SOURCE, 500);
            final TopView running = model.refresh().orElseThrow();
            assertEquals(Optional.empty(), running.trouble());
            assertTrue(perSecond(running) > 0, "rate");
            first.close();
            final TopView stopped = model.refresh().orElseThrow();
            assertEquals(Optional.of("gateway stopped, waiting for it to come back"), stopped.trouble());
            assertSame(running.now(), stopped.now(), "the last figures");
            assertEquals(0, perSecond(stopped));
            final CommandControlFile second = gateway(2);
            second.counters(0).add(Counter.PACKETS_IN_FROM_SOURCE, 9_000_000);
            final TopView again = model.refresh().orElseThrow();
            assertEquals(Optional.empty(), again.trouble());
            assertEquals(9_000_000, again.now().counters().get(Counter.PACKETS_IN_FROM_SOURCE));
            assertEquals(0, perSecond(again), "nothing to compare with yet");
            second.close();
        }
    }

    @Test
    void gateway_that_was_replaced_between_two_looks_is_another() throws IOException {
        try (TopSource source = new TopSource(state)) {
            final TopModel model = new TopModel(source);
            final CommandControlFile first = gateway(1);
            first.counters(0).add(Counter.PACKETS_IN_FROM_SOURCE, 1_000);
            model.refresh();
            first.close();
            final CommandControlFile second = gateway(2);
            second.counters(0).add(Counter.PACKETS_IN_FROM_SOURCE, 9_000_000);
            assertEquals(0, perSecond(model.refresh().orElseThrow()));
            second.close();
        }
    }

    private static double perSecond(final TopView view) {
        return view.now().counters().perSecond(view.earlier().counters(), (Sample sample) -> sample.get(Counter.PACKETS_IN_FROM_SOURCE));
    }
}
