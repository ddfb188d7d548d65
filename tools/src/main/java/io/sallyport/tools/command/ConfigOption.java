package io.sallyport.tools.command;

import io.sallyport.config.GatewayConfig;
import io.sallyport.tools.config.ConfigFile;
import io.sallyport.tools.config.ConfigFileException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The option that names the configuration file. */
final class ConfigOption {

    @Option(names = "--config", required = true, paramLabel = "FILE", description = "Configuration file (YAML).")
    private Path file;

    /** The file. */
    Path file() {
        return file;
    }

    /** Reads the file; every error in it ends the command with exit code 2. */
    GatewayConfig load() {
        return load(file);
    }

    /** Reads a file; every error in it ends the command with exit code 2. */
    static GatewayConfig load(final Path file) {
        try {
            return ConfigFile.load(file);
        } catch (final ConfigFileException refused) {
            throw new CommandFailure(CommandFailure.BAD_CONFIGURATION, refused.lines());
        }
    }
}
