package io.sallyport.tools.command;

import io.sallyport.config.GatewayConfig;
import io.sallyport.counter.CommandControlReader;
import io.sallyport.counter.Counter;
import io.sallyport.packet.Side;
import io.sallyport.tools.run.EffectiveConfig;
import io.sallyport.tools.run.Logs;
import io.sallyport.tools.screen.Json;
import io.sallyport.tools.trace.PacketText;
import io.sallyport.tools.trace.TraceReport;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Shows what would become of a packet, and why; changes nothing. */
@Command(
    name = "trace",
    header = "Shows what would become of a packet, and why; changes nothing.",
    description = "Gives the packet to an engine like the running gateway's, with a copy of its connections, and shows how it is parsed, "
        + "which connection it belongs to, what happens to it, and what it becomes.",
    footer = {"", "Example:",
        "  sallyport trace --from inside --packet @packet.txt",
        "  tcpdump -c 1 -xx -i eth1 port 53 | sallyport trace --from inside --packet -"})
public final class TraceCommand implements Runnable {

    /** Longest text: a packet as the most talkative dump has it. */
    private static final int LONGEST_TEXT = 1 << 20;

    @Spec
    private CommandSpec spec;

    @Mixin
    private GatewayOptions.WithState options;

    @Option(names = "--from", required = true, paramLabel = "SIDE", description = "Where the packet arrives: inside or outside.")
    private Side from;

    @Option(names = "--packet", required = true, paramLabel = "HEX", description = "The packet in hexadecimal: an Ethernet frame, or an "
        + "IPv4 packet; spaces, colons and 0x do not matter, and a dump of tcpdump -xx, xxd, hexdump -C or Wireshark will do. "
        + "@FILE: in that file; -: on standard input.")
    private String packet;

    @Override
    public void run() {
        final byte[] bytes = bytes();
        Logs.installForWarnings();
        try (CommandControlReader gateway = options.attach()) {
            final Path directory = options.directory();
            final GatewayConfig config = EffectiveConfig.read(directory, gateway.pid()).orElseThrow(() -> new CommandFailure(
                CommandFailure.FAILED,
                "the gateway " + gateway.name() + " does not say how it is configured: it was not started by sallyport run"));
            final TraceReport report = TraceReport.of(
                config, directory, gateway.state(), gateway.get(Counter.PORTS_COOLING), from, bytes);
            if (options.isJson()) {
                spec.commandLine().getOut().println(Json.print(report.json()));
            } else {
                spec.commandLine().getOut().print(report.text());
            }
        } catch (final IOException unreadable) {
            throw new CommandFailure(CommandFailure.FAILED, Failures.describe(unreadable), unreadable);
        } catch (final OutOfMemoryError tooLarge) {
            throw new CommandFailure(CommandFailure.FAILED, "not enough memory for a copy of the gateway's tables", tooLarge);
        }
    }

    private byte[] bytes() {
        try {
            return PacketText.parse(text());
        } catch (final IllegalArgumentException notPacket) {
            throw mistake(notPacket.getMessage(), notPacket);
        } catch (final IOException unreadable) {
            throw mistake(Failures.describe(unreadable), unreadable);
        }
    }

    private String text() throws IOException {
        if (packet.equals("-")) {
            return read(System.in);
        }
        if (!packet.startsWith("@")) {
            return packet;
        }
        try (InputStream file = Files.newInputStream(Path.of(packet.substring(1)))) {
            return read(file);
        }
    }

    private static String read(final InputStream in) throws IOException {
        final byte[] text = in.readNBytes(LONGEST_TEXT + 1);
        if (text.length > LONGEST_TEXT) {
            throw new IllegalArgumentException("longer than any packet");
        }
        return new String(text, StandardCharsets.ISO_8859_1);
    }

    private ParameterException mistake(final String what, final Exception cause) {
        return new ParameterException(spec.commandLine(), "--packet: " + what, cause);
    }
}
