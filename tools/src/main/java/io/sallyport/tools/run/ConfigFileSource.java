package io.sallyport.tools.run;

import io.sallyport.config.GatewayConfig;
import io.sallyport.runtime.ConfigSource;
import io.sallyport.tools.config.ConfigFile;
import io.sallyport.tools.config.ConfigFileException;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.List;

/**
 * The file that a running gateway was started with, read again; what is in force of it is written to where other processes look for it.
 *
 * @param file absolute
 */
public record ConfigFileSource(Path file) implements ConfigSource {

    private static final Logger LOGGER = System.getLogger(ConfigFileSource.class.getName());

    @Override
    public GatewayConfig read() {
        final GatewayConfig config;
        try {
            config = ConfigFile.load(file);
        } catch (final ConfigFileException refused) {
            throw new IllegalArgumentException(refused.getMessage(), refused);
        }
        final List<String> conflicts = KernelAddresses.conflicts(config, KernelAddresses.all());
        if (!conflicts.isEmpty()) {
            throw new IllegalArgumentException(String.join("\n", conflicts));
        }
        return config;
    }

    @Override
    public void inForce(final GatewayConfig effective) {
        try {
            EffectiveConfig.write(effective);
        } catch (final IOException failure) {
            LOGGER.log(Level.WARNING, "the configuration in force cannot be told: " + failure.getMessage());
        }
    }
}
