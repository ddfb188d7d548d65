package io.sallyport.io.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * Two hosts and a gateway, each in a network namespace of its own: host {@code a} (10.9.0.1 on a0) is joined by a veth pair to the
 * gateway's l0, host {@code b} (10.9.0.2 on b0) to its w0. A thread can step into a namespace; what it opens there stays there.
 */
public final class TestNetwork implements AutoCloseable {

    private static final int O_RDONLY = 0;
    private static final int CLONE_NEWNET = 0x4000_0000;
    private static final String PREFIX = "sp-io-" + ProcessHandle.current().pid() + "-";

    private static final MethodHandle OPEN = call("open",
        FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT), Linker.Option.firstVariadicArg(2));
    private static final MethodHandle SETNS = call("setns",
        FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    private static final MethodHandle CLOSE = call("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

    /** The host on the inside. */
    public static final String A = PREFIX + "a";
    /** The gateway. */
    public static final String G = PREFIX + "g";
    /** The host on the outside. */
    public static final String B = PREFIX + "b";

    private TestNetwork() {
    }

    @SuppressWarnings("restricted")
    private static MethodHandle call(final String name, final FunctionDescriptor descriptor, final Linker.Option... options) {
        final Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor, options);
    }

    /** Makes the network, or skips the test with a message where that is not possible. */
    public static TestNetwork create() throws IOException {
        assumeTrue(isRoot(), "needs root: it makes network namespaces");
        final TestNetwork network = new TestNetwork();
        network.remove();
        for (final String namespace : List.of(A, G, B)) {
            run("ip", "netns", "add", namespace);
            run("ip", "netns", "exec", namespace, "sysctl", "-q", "-w", "net.ipv6.conf.all.disable_ipv6=1",
                "net.ipv6.conf.default.disable_ipv6=1");
        }
        run("ip", "-n", A, "link", "add", "a0", "address", "02:00:00:00:0a:01", "type", "veth", "peer", "name", "l0", "netns", G);
        run("ip", "-n", B, "link", "add", "b0", "address", "02:00:00:00:0b:02", "type", "veth", "peer", "name", "w0", "netns", G);
        run("ip", "-n", A, "address", "add", "10.9.0.1/24", "dev", "a0");
        run("ip", "-n", B, "address", "add", "10.9.0.2/24", "dev", "b0");
        run("ip", "-n", A, "link", "set", "a0", "up");
        run("ip", "-n", B, "link", "set", "b0", "up");
        return network;
    }

    private static boolean isRoot() throws IOException {
        return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    }

    /** Brings the gateway's interfaces up, for tests that do not want to wait for the ports to do it. */
    public void up() throws IOException {
        run("ip", "-n", G, "link", "set", "l0", "up");
        run("ip", "-n", G, "link", "set", "w0", "up");
    }

    /** Runs an action on this thread inside a namespace. */
    public static <T> T in(final String namespace, final Callable<T> action) throws Exception {
        final int home = open("/proc/thread-self/ns/net");
        final int target = open("/run/netns/" + namespace);
        try {
            enter(target);
            return action.call();
        } finally {
            enter(home);
            close(home);
            close(target);
        }
    }

    private static int open(final String path) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment name = arena.allocateFrom(path);
            final int fd = (int) OPEN.invokeExact(name, O_RDONLY);
            assertEquals(true, fd >= 0, path);
            return fd;
        } catch (final Throwable e) {
            throw new LinkageError(path, e);
        }
    }

    private static void enter(final int namespace) {
        try {
            assertEquals(0, (int) SETNS.invokeExact(namespace, CLONE_NEWNET));
        } catch (final Throwable e) {
            throw new LinkageError("setns", e);
        }
    }

    private static void close(final int fd) {
        try {
            assertEquals(0, (int) CLOSE.invokeExact(fd));
        } catch (final Throwable e) {
            throw new LinkageError("close", e);
        }
    }

    /** Runs a program that must succeed; what it printed. */
    public static String run(final String... command) throws IOException {
        final Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        final String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, join(process), () -> String.join(" ", command) + ": " + output);
        return output;
    }

    /** Runs a program; its exit code. */
    public static int exitCode(final String... command) throws IOException {
        final Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        process.getInputStream().readAllBytes();
        return join(process);
    }

    private static int join(final Process process) {
        try {
            return process.waitFor();
        } catch (final InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            return -1;
        }
    }

    /** A Java program of the tests inside a namespace, with this process' class path and flags. */
    public static Process java(final String namespace, final List<String> wrapper, final Class<?> program, final String... arguments)
        throws IOException {
        final List<String> command = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
        command.addAll(wrapper);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("--add-opens", "java.base/jdk.internal.misc=ALL-UNNAMED", "--enable-native-access=ALL-UNNAMED"));
        command.addAll(List.of("-cp", System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))));
        command.add(program.getName());
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).start();
    }

    private void remove() throws IOException {
        for (final String namespace : List.of(A, G, B)) {
            exitCode("ip", "netns", "delete", namespace);
        }
    }

    @Override
    public void close() throws IOException {
        remove();
    }
}
