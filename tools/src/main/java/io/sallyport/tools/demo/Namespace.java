package io.sallyport.tools.demo;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A network namespace: one machine of a network that exists in this machine's kernel only. Needs root, of a user namespace at least. */
public final class Namespace implements AutoCloseable {

    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final String name;

    private Namespace(final String name) {
        this.name = name;
    }

    /** The one that this process is in; closing it does nothing. */
    public static Namespace current() {
        return new Namespace("");
    }

    /** Makes one, with its loopback interface up. */
    public static Namespace create(final String name) {
        Command.run(LIMIT, "ip", "netns", "add", name).orThrow();
        final Namespace namespace = new Namespace(name);
        namespace.run("ip", "link", "set", "lo", "up");
        return namespace;
    }

    /** Its name; empty for the one that this process is in. */
    public String name() {
        return name;
    }

    /** The words of a command that runs in here. */
    public List<String> command(final List<String> words) {
        if (name.isEmpty()) {
            return words;
        }
        final List<String> all = new ArrayList<>(List.of("ip", "netns", "exec", name));
        all.addAll(words);
        return all;
    }

    /** As {@link #command(List)}. */
    public List<String> command(final String... words) {
        return command(List.of(words));
    }

    /** Runs a short command in here that must succeed. */
    public Command.Result run(final String... words) {
        return tryRun(LIMIT, words).orThrow();
    }

    /** Runs a command in here that may fail. */
    public Command.Result tryRun(final Duration limit, final String... words) {
        return Command.run(limit, command(words));
    }

    /** Starts a program in here that goes on. */
    public BackgroundProcess start(final List<String> words) {
        return BackgroundProcess.start(command(words));
    }

    /** Joins two namespaces by a veth pair, both ends up. */
    public static void join(final Namespace a, final String interfaceOfA, final Namespace b, final String interfaceOfB) {
        final List<String> words = new ArrayList<>(List.of("ip", "link", "add", interfaceOfA));
        if (!a.name.isEmpty()) {
            words.addAll(List.of("netns", a.name));
        }
        words.addAll(List.of("type", "veth", "peer", "name", interfaceOfB));
        if (!b.name.isEmpty()) {
            words.addAll(List.of("netns", b.name));
        }
        Command.run(LIMIT, words).orThrow();
        a.run("ip", "link", "set", interfaceOfA, "up");
        b.run("ip", "link", "set", interfaceOfB, "up");
    }

    /** Sets a switch of its kernel, for example {@code net/ipv4/ip_forward}. */
    public void sysctl(final String key, final String value) {
        run("sh", "-c", "echo \"$1\" > \"/proc/sys/$0\"", key, value);
    }

    /** Kills what runs in here and removes it. */
    @Override
    public void close() {
        if (name.isEmpty()) {
            return;
        }
        final Command.Result pids = Command.run(LIMIT, "ip", "netns", "pids", name);
        pids.out().lines().map(String::strip).filter(line -> !line.isEmpty()).mapToLong(Long::parseLong)
            .forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
        Command.run(LIMIT, "ip", "netns", "del", name);
    }
}
