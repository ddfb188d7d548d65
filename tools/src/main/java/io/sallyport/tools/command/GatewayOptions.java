package io.sallyport.tools.command;

import io.sallyport.config.StateConfig;
import io.sallyport.counter.CommandControlReader;
import io.sallyport.counter.NoGatewayException;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The option that names a gateway, and the way to it. */
class GatewayOptions {

    @Option(names = "--name", paramLabel = "NAME", defaultValue = "default",
        description = "Name of the gateway (default: ${DEFAULT-VALUE}).")
    private String name;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    /** Whether a program reads the output. */
    boolean isJson() {
        return json;
    }

    /**
     * Looks into the running gateway; exit code 3 when there is none.
     *
     * @param stateDirectory holds a directory per gateway
     */
    CommandControlReader attach(final Path stateDirectory) {
        try {
            return CommandControlReader.attach(directory(stateDirectory));
        } catch (final NoGatewayException none) {
            throw new CommandFailure(CommandFailure.NO_GATEWAY, Failures.oneLine(none.getMessage()), none);
        } catch (final IOException unreadable) {
            throw new CommandFailure(CommandFailure.FAILED, Failures.oneLine(unreadable.getMessage()), unreadable);
        }
    }

    /** Where the gateway's own state lies. */
    Path directory(final Path stateDirectory) {
        try {
            return stateDirectory.resolve(name);
        } catch (final InvalidPathException notName) {
            throw new CommandFailure(CommandFailure.NO_GATEWAY, "no gateway has a name like that", notName);
        }
    }

    /** The same with the option that says where the gateways' state lies. */
    static final class WithState extends GatewayOptions {

        @Option(names = "--state", paramLabel = "DIR", description = "Directory of the gateways' state (default: /dev/shm/sallyport).")
        private Path state = StateConfig.DEFAULTS.directory();

        CommandControlReader attach() {
            return attach(state);
        }

        /** Where the gateway's own state lies. */
        Path directory() {
            return directory(state);
        }
    }
}
