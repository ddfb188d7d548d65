package io.sallyport.counter;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What a gateway puts into its command-and-control file when it starts.
 *
 * @param startEpochMs    when the gateway started, in ms since the epoch
 * @param stages          names of the stages that count, each of which gets a {@link CounterBlock}
 * @param facts           what observers show; {@link Fact#NAME} must be among them
 * @param publicAddresses the pool, numeric, in the order of its positions
 * @param workers         number of workers, each of which gets a {@link PortUseBlock}
 */
public record Description(
    long startEpochMs, List<String> stages, Map<Fact, String> facts, List<Integer> publicAddresses, int workers) {

    /**
     * Copies, and checks that all of it can be written as lines of text.
     *
     * @throws IllegalArgumentException if there is no stage, too many, no name, or a line break in a text
     */
    public Description {
        stages = List.copyOf(stages);
        facts = Collections.unmodifiableMap(new EnumMap<>(facts));
        if (stages.isEmpty() || stages.size() > CommandControlLayout.MOST_STAGES) {
            throw new IllegalArgumentException(stages.size() + " stages");
        }
        if (!facts.containsKey(Fact.NAME)) {
            throw new IllegalArgumentException("a gateway has a name");
        }
        stages.forEach(Description::requireLine);
        facts.values().forEach(Description::requireLine);
        publicAddresses = List.copyOf(publicAddresses);
    }

    /** Of what has no public ports. */
    public Description(final long startEpochMs, final List<String> stages, final Map<Fact, String> facts) {
        this(startEpochMs, stages, facts, List.of(), 0);
    }

    byte[] stagesText() {
        return stages.stream().map(stage -> stage + "\n").collect(Collectors.joining()).getBytes(StandardCharsets.UTF_8);
    }

    byte[] factsText() {
        return facts.entrySet().stream().map(fact -> fact.getKey().key() + "=" + fact.getValue() + "\n").collect(Collectors.joining())
            .getBytes(StandardCharsets.UTF_8);
    }

    private static void requireLine(final String text) {
        if (text.indexOf('\n') >= 0) {
            throw new IllegalArgumentException("a line break in \"" + text + "\"");
        }
    }
}
