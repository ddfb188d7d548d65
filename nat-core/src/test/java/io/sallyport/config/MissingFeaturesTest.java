package io.sallyport.config;

import static io.sallyport.config.Problem.GOOD;
import static io.sallyport.config.Problem.assertProblems;

import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Each test goes when its feature comes. */
class MissingFeaturesTest {

    @Test
    void whatComesLater() {
        assertProblems(new GatewayConfig(GOOD.name(), GOOD.inside(), GOOD.outside(), GOOD.nat(), GOOD.io(), GOOD.state(),
            new AdminConfig(Optional.of("127.0.0.1:9479")), EventsConfig.OFF),
            "admin.listen: the HTTP listener is not available in this version");
    }
}
