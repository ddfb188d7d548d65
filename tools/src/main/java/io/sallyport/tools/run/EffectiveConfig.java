package io.sallyport.tools.run;

import io.sallyport.config.GatewayConfig;
import io.sallyport.runtime.Gateway;
import io.sallyport.tools.config.ConfigFile;
import io.sallyport.tools.config.ConfigFileException;
import io.sallyport.tools.config.ConfigPrinter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/**
 * The configuration that a gateway runs with, {@code config.yaml} in its state directory: what {@code check} prints, with the MAC addresses
 * and MTUs of its interfaces. Other processes build the same engine from it.
 */
public final class EffectiveConfig {

    private static final String FILE_NAME = "config.yaml";
    private static final String HEAD = "# The effective configuration of a running gateway, process ";

    private EffectiveConfig() {
    }

    /** Writes a gateway's configuration, in place of an earlier one; whoever reads it meanwhile reads the one or the other. */
    public static void write(final GatewayConfig config) throws IOException {
        final Path directory = Gateway.stateDirectory(config);
        final Path beside = directory.resolve(FILE_NAME + ".new");
        Files.writeString(beside, HEAD + ProcessHandle.current().pid() + "\n" + ConfigPrinter.print(config));
        Files.move(beside, directory.resolve(FILE_NAME), StandardCopyOption.ATOMIC_MOVE);
    }

    /**
     * The configuration of the gateway with a state directory; empty when the gateway is not one of this program's, and has said nothing.
     *
     * @param pid the gateway's process
     * @throws IOException with one line for the user if it cannot be read
     */
    public static Optional<GatewayConfig> read(final Path stateDirectory, final long pid) throws IOException {
        final Path file = stateDirectory.resolve(FILE_NAME);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        final String text = Files.readString(file);
        if (!text.startsWith(HEAD + pid + "\n")) {
            return Optional.empty();
        }
        try {
            return Optional.of(ConfigFile.parse(file.toString(), text));
        } catch (final ConfigFileException damaged) {
            throw new IOException(damaged.lines().getFirst(), damaged);
        }
    }
}
