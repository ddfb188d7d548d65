package io.sallyport.io.linux;

import io.sallyport.packet.PortException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Keeps the kernel's own stack from seeing what arrives on an interface: an nftables chain on the interface's ingress hook drops
 * everything, after the AF_PACKET sockets got their copy and before ARP and IP (net/core/dev.c, {@code __netif_receive_skb_core}).
 *
 * <p>Each interface has a table of its own, {@code sallyport_NAME}. Setting up replaces one that a killed gateway left behind; closing
 * removes it.
 *
 * <p>A child process sets the table up, and waits to be told to remove it: by then the gateway may have given up the capability that this
 * takes. It is told by a line on its standard input. When that ends without one, the gateway was killed: then the table stays, so that
 * the kernel answers nothing until the next gateway is there.
 */
public final class Isolation implements AutoCloseable {

    private static final int PATIENCE_SECONDS = 10;
    /** Before every other chain on the hook; none of them needs to see the frames. */
    private static final int PRIORITY = -500;
    private static final String DONE = "done";
    /** Exit code of the shell when there is no such program, or it cannot be run. */
    private static final int NOT_FOUND = 127;
    private static final int NOT_EXECUTABLE = 126;
    /** Signals that a terminal, or a service manager, sends to all processes of the gateway are for the gateway alone. */
    private static final String KEEPER = "trap '' HUP INT QUIT TERM; PATH=$PATH:/usr/sbin:/sbin; nft \"$1\" < /dev/null || exit; echo "
        + DONE + "; read -r line && exec nft \"$2\"";

    private final String interfaceName;
    private final Process keeper;
    private final BufferedReader answers;

    private Isolation(final String interfaceName, final Process keeper) {
        this.interfaceName = interfaceName;
        this.keeper = keeper;
        answers = keeper.inputReader(StandardCharsets.UTF_8);
    }

    /**
     * Isolates an interface.
     *
     * @param interfaceName an interface that exists
     * @throws PortException when {@code nft} is missing, or refuses
     */
    public static Isolation of(final String interfaceName) throws PortException {
        final Isolation isolation = begin(interfaceName);
        isolation.await();
        return isolation;
    }

    /**
     * Begins to isolate an interface, which takes some 30 ms: there is time to do something else before {@link #await}.
     *
     * @param interfaceName an interface that exists
     * @throws PortException when there is no process to be had
     */
    static Isolation begin(final String interfaceName) throws PortException {
        final String table = tableName(interfaceName);
        final String chain = "add chain netdev %s ingress { type filter hook ingress device \"%s\" priority %d; policy drop; }"
            .formatted(table, interfaceName, PRIORITY);
        final String removal = removal(table);
        return new Isolation(interfaceName,
            start(interfaceName, removal + "add table netdev " + table + "\n" + chain + "\n", removal));
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

    private static Process start(final String interfaceName, final String setUp, final String removal) throws PortException {
        try {
            return new ProcessBuilder("/bin/sh", "-c", KEEPER, "sallyport-isolation", setUp, removal).redirectErrorStream(true).start();
        } catch (final IOException e) {
            throw new PortException("cannot isolate " + interfaceName + " from the kernel's stack: " + e.getMessage(), e);
        }
    }

    /**
     * Waits until the interface is isolated.
     *
     * @throws PortException when {@code nft} is missing, or refuses
     */
    void await() throws PortException {
        final String answer;
        try {
            answer = CompletableFuture.supplyAsync(this::readLine, task -> Thread.ofPlatform().daemon().start(task))
                .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (DONE.equals(answer)) {
                return;
            }
            if (!keeper.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new TimeoutException();
            }
        } catch (final InterruptedException e) {
            keeper.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new PortException("interrupted while isolating " + interfaceName, e);
        } catch (final TimeoutException | ExecutionException e) {
            keeper.destroyForcibly();
            throw new PortException("cannot isolate " + interfaceName + " from the kernel's stack: nft does not answer");
        }
        if (keeper.exitValue() == NOT_FOUND || keeper.exitValue() == NOT_EXECUTABLE) {
            throw new PortException("isolating the interfaces from the kernel's stack needs the program nft (Debian package nftables);"
                + " install it or set io.isolate to false");
        }
        throw new PortException("cannot isolate " + interfaceName + " from the kernel's stack: nft: "
            + (answer.isBlank() ? "failed without a word" : answer.strip()));
    }

    private String readLine() {
        try {
            final String line = answers.readLine();
            return line == null ? "" : line;
        } catch (final IOException ended) {
            return "";
        }
    }

    /** Should it fail, what remains drops frames that nobody asked for; the next start replaces it. */
    @Override
    public void close() {
        if (!keeper.isAlive()) {
            return;
        }
        try {
            try (OutputStream input = keeper.getOutputStream()) {
                input.write('\n');
            } catch (final IOException alreadyGone) {
                return;
            }
            if (!keeper.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                keeper.destroyForcibly();
            }
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
