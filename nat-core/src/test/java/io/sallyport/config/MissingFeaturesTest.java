package io.sallyport.config;

import static io.sallyport.config.Problem.GOOD;
import static io.sallyport.config.Problem.assertProblems;

import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Each test goes when its feature comes. */
class MissingFeaturesTest {

    @Test
    void whatComesLater() {
        assertProblems(new GatewayConfig(GOOD.name(), GOOD.inside(), GOOD.outside(), GOOD.nat(), GOOD.io(), GOOD.state(),
            GOOD.admin(), new EventsConfig(Optional.of(Path.of("events.json")), true)),
            "events.file: the event log is not available in this version",
            "events.destinations: the event log is not available in this version");
    }
}
