package io.sallyport.tools.architecture;

import static java.util.Map.entry;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Who may know whom. Every rule returns its breaches as lines, none when it is kept. */
final class DependencyRules {

    private static final String ROOT = "io.sallyport.";

    /**
     * For each package the packages that it may see; lower ones only, so that there are no circles. {@code wire} knows bytes and no NAT;
     * {@code flow} and {@code mapping} know numbers and never bytes; {@code config} and {@code counter} are leaves.
     */
    static final Map<String, Set<String>> MAY_SEE = Map.ofEntries(
        entry("memory", Set.of()),
        entry("wire", Set.of("memory")),
        entry("config", Set.of("wire")),
        entry("counter", Set.of()),
        entry("packet", Set.of("memory", "wire", "counter")),
        entry("flow", Set.of("memory", "counter")),
        entry("event", Set.of("wire", "config", "counter")),
        entry("mapping", Set.of("memory", "counter", "flow", "event")),
        entry("translate", Set.of("memory", "wire", "config", "counter", "packet", "flow", "mapping", "event")),
        entry("icmp", Set.of("memory", "wire", "config", "counter", "packet", "flow", "mapping")),
        entry("fragment", Set.of("memory", "wire", "config", "counter", "packet", "flow", "mapping")),
        entry("neighbour", Set.of("memory", "wire", "config", "counter", "packet", "flow")),
        entry("engine", Set.of("memory", "wire", "config", "counter", "packet", "flow", "mapping", "translate", "icmp", "fragment",
            "neighbour", "event")),
        entry("runtime", Set.of("memory", "wire", "config", "counter", "packet", "flow", "mapping", "translate", "icmp", "fragment",
            "neighbour", "engine", "event")),
        entry("io", Set.of("memory", "wire", "config", "counter", "packet")),
        entry("io.linux", Set.of("memory", "wire", "config", "counter", "packet", "io")),
        entry("io.pcap", Set.of("memory", "wire", "config", "counter", "packet", "io", "io.linux")),
        entry("tools", Set.of("memory", "wire", "config", "counter", "packet", "flow", "mapping", "translate", "icmp", "fragment",
            "neighbour", "engine", "event", "runtime", "io", "io.linux", "io.pcap")));

    private DependencyRules() {
    }

    /** Each class sees only what its package may see; a package that the table lacks may see nothing. */
    static List<String> packages(final Collection<CompiledClass> classes) {
        final Set<String> breaches = new TreeSet<>();
        for (final CompiledClass type : classes) {
            final String from = shortName(type.packageName());
            for (final String reference : type.references()) {
                final String to = shortName(CompiledClass.packageOf(reference));
                if (reference.startsWith(ROOT) && !to.equals(from) && !maySee(from, to)) {
                    breaches.add(type.name() + " sees " + reference + ": package " + from + " may not see " + to);
                }
            }
        }
        return List.copyOf(breaches);
    }

    /** Only classes of the package {@code allowed} see anything below {@code prefix}. */
    static List<String> onlyPackage(final Collection<CompiledClass> classes, final String prefix, final String allowed) {
        return classes.stream().filter(type -> !type.packageName().equals(allowed))
            .flatMap(type -> seen(type, prefix).stream().map(reference -> type.name() + " sees " + reference))
            .sorted().toList();
    }

    /** No class sees anything below {@code prefix}. */
    static List<String> noOne(final Collection<CompiledClass> classes, final String prefix) {
        return onlyPackage(classes, prefix, "no package");
    }

    /** At most one class, with what is nested in it, sees anything below {@code prefix}. */
    static List<String> oneClass(final Collection<CompiledClass> classes, final String prefix) {
        final Set<String> seeing = new TreeSet<>();
        classes.stream().filter(type -> !seen(type, prefix).isEmpty()).forEach(type -> seeing.add(type.topLevelName()));
        return seeing.size() <= 1 ? List.of() : new ArrayList<>(seeing);
    }

    private static List<String> seen(final CompiledClass type, final String prefix) {
        return type.references().stream().filter(reference -> reference.startsWith(prefix)).sorted().toList();
    }

    private static boolean maySee(final String from, final String to) {
        // what is below tools is the program's own affair
        final String layer = from.startsWith("tools.") ? "tools" : from;
        return layer.equals("tools") && to.startsWith("tools") || MAY_SEE.getOrDefault(layer, Set.of()).contains(to);
    }

    private static String shortName(final String packageName) {
        return packageName.startsWith(ROOT) ? packageName.substring(ROOT.length()) : packageName;
    }
}
