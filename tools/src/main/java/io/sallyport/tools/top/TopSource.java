package io.sallyport.tools.top;

import io.sallyport.counter.CommandControlReader;
import io.sallyport.counter.NoGatewayException;
import io.sallyport.tools.screen.GatewayFacts;
import io.sallyport.tools.screen.PortUseScan;
import io.sallyport.tools.screen.Sample;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Looks at the gateway with a state directory, again and again, through its ends and new beginnings. One thread. */
final class TopSource implements AutoCloseable {

    private final Path directory;
    private CommandControlReader reader;

    TopSource(final Path directory) {
        this.directory = directory;
    }

    /**
     * What the gateway says now; empty while none runs.
     *
     * @throws IOException when its files cannot be read, or are of another version
     */
    Optional<TopSample> sample() throws IOException {
        if (reader != null && !reader.isRunning()) {
            close();
        }
        if (reader == null) {
            try {
                reader = CommandControlReader.attach(directory);
            } catch (final NoGatewayException none) {
                return Optional.empty();
            }
        }
        final GatewayFacts gateway = new GatewayFacts(reader.state(), reader.isHanging(), reader.pid(),
            Math.max(0, TimeUnit.MILLISECONDS.toSeconds(System.currentTimeMillis() - reader.startEpochMs())),
            reader.errors().size(), reader.facts());
        return Optional.of(new TopSample(Sample.of(reader, System.nanoTime()), gateway, reader.startEpochMs()));
    }

    /**
     * Goes through the connections of the gateway that was sampled last.
     *
     * @throws IOException when its tables cannot be read; they may just be replaced
     */
    PortUseScan.Result scan(final int most) throws IOException {
        return PortUseScan.scan(reader, directory, most);
    }

    @Override
    public void close() {
        if (reader != null) {
            reader.close();
            reader = null;
        }
    }
}
