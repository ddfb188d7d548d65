package io.sallyport.tools.command;

import io.sallyport.counter.Command;
import io.sallyport.counter.CommandControlReader;
import io.sallyport.counter.CommandResult;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Asks a running gateway to do something, and waits for what it says. */
final class Requests {

    private static final long LONGEST_WAIT_NS = TimeUnit.SECONDS.toNanos(10);
    private static final long BETWEEN_LOOKS_NS = TimeUnit.MILLISECONDS.toNanos(10);

    private Requests() {
    }

    /**
     * Sends a command and waits until the gateway has done it.
     *
     * @param refused the last line where the gateway refuses: what that means
     * @return what it says about it, in lines
     * @throws CommandFailure if it refuses (exit code 2), fails, stops or does not answer
     * @throws IOException    if the command cannot be sent
     */
    static List<String> send(final CommandControlReader gateway, final Command command, final String refused) throws IOException {
        final long request = gateway.send(command);
        final CommandResult result = await(gateway, request);
        if (result.outcome() == CommandResult.Outcome.DONE) {
            return result.lines();
        }
        final List<String> lines = new ArrayList<>(result.lines());
        if (result.outcome() == CommandResult.Outcome.REFUSED) {
            lines.add(refused);
            throw new CommandFailure(CommandFailure.BAD_CONFIGURATION, lines);
        }
        throw new CommandFailure(CommandFailure.FAILED, lines);
    }

    private static CommandResult await(final CommandControlReader gateway, final long request) throws IOException {
        final long deadlineNs = System.nanoTime() + LONGEST_WAIT_NS;
        Optional<CommandResult> result = gateway.result(request);
        while (result.isEmpty()) {
            if (!gateway.isRunning()) {
                throw new CommandFailure(CommandFailure.NO_GATEWAY,
                    "the gateway \"" + gateway.name() + "\" has stopped before it answered");
            }
            if (System.nanoTime() - deadlineNs > 0) {
                throw new CommandFailure(CommandFailure.FAILED, "the gateway \"" + gateway.name() + "\", process " + gateway.pid()
                    + ", has not answered within 10 s");
            }
            StatusCommand.await(System.nanoTime() + BETWEEN_LOOKS_NS);
            result = gateway.result(request);
        }
        return result.get();
    }
}
