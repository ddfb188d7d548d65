package io.sallyport.tools.command;

import io.sallyport.packet.PacketBackend;
import io.sallyport.tools.screen.Json;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Says what the program is and what it can use on this machine. */
@Command(
    name = "version",
    header = "Shows version, JDK, kernel and backends.",
    description = "Which backends are usable on this machine, and why the others are not.",
    footer = {"", "Example:", "  sallyport version --json"})
public final class VersionCommand implements Runnable {

    @Spec
    private CommandSpec spec;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Override
    public void run() {
        final String jdk = System.getProperty("java.runtime.version") + " (" + System.getProperty("java.vendor") + ")";
        final String kernel = System.getProperty("os.name") + " " + System.getProperty("os.version");
        final Map<String, Optional<String>> backends = backends();
        final PrintWriter out = spec.commandLine().getOut();
        if (json) {
            final Map<String, Object> usable = new LinkedHashMap<>();
            backends.forEach((name, reason) -> usable.put(name, reason.<Map<String, Object>>map(
                why -> Map.of("usable", false, "reason", why)).orElse(Map.of("usable", true))));
            final Map<String, Object> all = new LinkedHashMap<>();
            all.put("version", Version.current());
            all.put("jdk", jdk);
            all.put("kernel", kernel);
            all.put("backends", usable);
            out.println(Json.print(all));
            return;
        }
        out.println("sallyport  " + Version.current());
        out.println("jdk        " + jdk);
        out.println("kernel     " + kernel);
        backends.forEach((name, reason) -> out.println("backend    %-7s %s".formatted(name,
            reason.map(why -> "not usable: " + why).orElse("usable"))));
    }

    /** Why each backend cannot be used; empty for those that can. */
    private static Map<String, Optional<String>> backends() {
        final Map<String, Optional<String>> reasons = new TreeMap<>();
        ServiceLoader.load(PacketBackend.class)
            .forEach(backend -> reasons.put(backend.name(), backend.unavailable().map(Failures::oneLine)));
        return reasons;
    }
}
