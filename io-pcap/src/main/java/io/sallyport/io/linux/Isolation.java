package io.sallyport.io.linux;

import io.sallyport.packet.PortException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Keeps the kernel's own stack from seeing what arrives on an interface: an nftables chain on the interface's ingress hook drops
 * everything, after the AF_PACKET sockets got their copy and before ARP and IP (net/core/dev.c, {@code __netif_receive_skb_core}).
 *
 * <p>Each interface has a table of its own, {@code sallyport_NAME}. Setting up replaces one that a killed gateway left behind; closing
 * removes it.
 */
public final class Isolation implements AutoCloseable {

    private static final List<String> PROGRAMS = List.of("nft", "/usr/sbin/nft", "/sbin/nft");
    private static final int PATIENCE_SECONDS = 10;
    /** Before every other chain on the hook; none of them needs to see the frames. */
    private static final int PRIORITY = -500;

    private final String table;

    private Isolation(final String table) {
        this.table = table;
    }

    /**
     * Isolates an interface.
     *
     * @param interfaceName an interface that exists
     * @throws PortException when {@code nft} is missing, or refuses
     */
    public static Isolation of(final String interfaceName) throws PortException {
        final String table = tableName(interfaceName);
        final String chain = "add chain netdev %s ingress { type filter hook ingress device \"%s\" priority %d; policy drop; }"
            .formatted(table, interfaceName, PRIORITY);
        run(removal(table) + "add table netdev " + table + "\n" + chain + "\n", interfaceName);
        return new Isolation(table);
    }

    /** Table name of an interface: letters and digits as they are, anything else as two hexadecimal digits for each byte. */
    static String tableName(final String interfaceName) {
        final StringBuilder name = new StringBuilder("sallyport_");
        for (final byte b : interfaceName.getBytes(StandardCharsets.UTF_8)) {
            final char c = (char) (b & 0xFF);
            if (c < 0x80 && Character.isLetterOrDigit(c)) {
                name.append(c);
            } else {
                name.append("_%02x".formatted((int) c));
            }
        }
        return name.toString();
    }

    /** Removes the table whether it exists or not: adding one that exists does nothing, and a file is one transaction. */
    private static String removal(final String table) {
        return "add table netdev " + table + "\ndelete table netdev " + table + "\n";
    }

    private static void run(final String commands, final String interfaceName) throws PortException {
        final Process process = start();
        try {
            try (OutputStream input = process.getOutputStream()) {
                input.write(commands.getBytes(StandardCharsets.UTF_8));
            } catch (final IOException endedEarly) {
                // its exit code tells why
            }
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new PortException("cannot isolate " + interfaceName + " from the kernel's stack: nft does not answer");
            }
            if (process.exitValue() != 0) {
                final String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                throw new PortException("cannot isolate " + interfaceName + " from the kernel's stack: nft: " + firstLine(output));
            }
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PortException("interrupted while isolating " + interfaceName, e);
        } catch (final PortException e) {
            throw e;
        } catch (final IOException e) {
            throw new PortException("cannot isolate " + interfaceName + " from the kernel's stack: " + e.getMessage(), e);
        }
    }

    private static String firstLine(final String output) {
        return output.lines().findFirst().map(String::strip).orElse("failed without a word");
    }

    private static Process start() throws PortException {
        for (final String program : PROGRAMS) {
            try {
                return new ProcessBuilder(program, "-f", "-").redirectErrorStream(true).start();
            } catch (final IOException notThere) {
                continue;
            }
        }
        throw new PortException("isolating the interfaces from the kernel's stack needs the program nft (Debian package nftables);"
            + " install it or set io.isolate to false");
    }

    @Override
    public void close() {
        try {
            run(removal(table), table);
        } catch (final PortException e) {
            // What remains drops frames that nobody asked for; the next start replaces it.
        }
    }
}
