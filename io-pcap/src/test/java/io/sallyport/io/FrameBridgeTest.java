package io.sallyport.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sallyport.io.linux.TestNetwork;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Real traffic of two hosts, with the offloads that veth has by default, through {@link FrameBridge} in the gateway's namespace. */
@Tag("root")
class FrameBridgeTest {

    private static final int TIMEOUT_MS = 20_000;
    private static final int CHUNK_LENGTH = 1 << 18;
    private static final int PORT = 7_000;

    @ParameterizedTest(name = "{0}, {1}")
    @CsvSource({"packet, offload, 256", "packet, plain, 128", "pcap, offload, 64", "xdp, offload, 64"})
    void streams_arrive_byte_for_byte(final String backend, final String offload, final int megabytes) throws Exception {
        try (TestNetwork network = TestNetwork.create()) {
            network.up();
            final Process bridge =
                TestNetwork.java(TestNetwork.G, List.of(), FrameBridge.class, backend, "l0", "w0", offload, "isolate");
            try (BufferedReader output = bridge.inputReader(StandardCharsets.UTF_8)) {
                assertEquals("ready", output.readLine());
                assertUdpEcho();
                assertTcpStream(megabytes, TestNetwork.A, TestNetwork.B, "10.9.0.2");
                assertTcpStream(megabytes, TestNetwork.B, TestNetwork.A, "10.9.0.1");
                bridge.getOutputStream().close();
                final Map<String, String> report = Stream.of(output.readLine().split(" "))
                    .map(field -> field.split("=", 2)).collect(Collectors.toMap(field -> field[0], field -> field[1]));
                assertEquals("0", report.get("failed"), report.toString());
                final long perMegabyte = Long.parseLong(report.get("forwarded")) / (2 * megabytes);
                final boolean hasSuperFrames = !"xdp".equals(backend);
                assertTrue(!hasSuperFrames || perMegabyte < 600,
                    "without super-frames it would be 724 data frames a megabyte and more: " + report);
                assertEquals(0, bridge.waitFor());
            } finally {
                bridge.destroyForcibly();
            }
            assertEquals("", TestNetwork.in(TestNetwork.G, () -> TestNetwork.run("nft", "list", "tables")), "isolation left behind");
        }
    }

    private static void assertTcpStream(final int megabytes, final String from, final String to, final String address) throws Exception {
        final long length = (long) megabytes << 20;
        try (ServerSocket server = TestNetwork.in(to, () -> new ServerSocket(PORT));
             Socket client = TestNetwork.in(from, () -> connect(address))) {
            final CompletableFuture<byte[]> sent = CompletableFuture.supplyAsync(() -> send(client, length));
            try (Socket accepted = server.accept()) {
                accepted.setSoTimeout(TIMEOUT_MS);
                assertArrayEquals(receive(accepted.getInputStream(), length), join(sent), "SHA-256");
            }
        }
    }

    private static byte[] join(final CompletableFuture<byte[]> future) throws InterruptedException, ExecutionException {
        return future.get();
    }

    private static Socket connect(final String address) throws IOException {
        final Socket socket = new Socket();
        socket.connect(new InetSocketAddress(address, PORT), TIMEOUT_MS);
        return socket;
    }

    private static byte[] send(final Socket socket, final long length) {
        try {
            final MessageDigest digest = MessageDigest.getInstance("SHA-256");
            final OutputStream stream = socket.getOutputStream();
            final byte[] chunk = new byte[CHUNK_LENGTH];
            new Random(1).nextBytes(chunk);
            for (long sent = 0; sent < length; sent += chunk.length) {
                chunk[(int) (sent >>> 18) % chunk.length]++;
                digest.update(chunk);
                stream.write(chunk);
            }
            socket.shutdownOutput();
            return digest.digest();
        } catch (final Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] receive(final InputStream stream, final long length) throws Exception {
        final MessageDigest digest = MessageDigest.getInstance("SHA-256");
        final byte[] chunk = new byte[CHUNK_LENGTH];
        long received = 0;
        for (int count = stream.read(chunk); count >= 0; count = stream.read(chunk)) {
            digest.update(chunk, 0, count);
            received += count;
        }
        assertEquals(length, received);
        return digest.digest();
    }

    /** Datagrams of many lengths, the longest in fragments. */
    private static void assertUdpEcho() throws Exception {
        try (DatagramSocket echo = TestNetwork.in(TestNetwork.B, () -> new DatagramSocket(PORT));
             DatagramSocket client = TestNetwork.in(TestNetwork.A, () -> new DatagramSocket())) {
            echo.setSoTimeout(TIMEOUT_MS);
            client.setSoTimeout(TIMEOUT_MS);
            final InetAddress b = InetAddress.getByName("10.9.0.2");
            for (final int length : new int[] {0, 1, 18, 1_471, 1_472, 1_473, 9_000}) {
                final byte[] question = new byte[length];
                new Random(length).nextBytes(question);
                client.send(new DatagramPacket(question, length, b, PORT));
                final DatagramPacket heard = new DatagramPacket(new byte[10_000], 10_000);
                echo.receive(heard);
                echo.send(heard);
                final DatagramPacket answer = new DatagramPacket(new byte[10_000], 10_000);
                client.receive(answer);
                assertEquals(length, answer.getLength());
                assertArrayEquals(question, Arrays.copyOf(answer.getData(), length));
            }
        }
    }
}
