package io.sallyport.tools.scenario;

import io.sallyport.config.GatewayConfig;
import io.sallyport.counter.Accounting;
import io.sallyport.counter.Counter;
import io.sallyport.counter.DropReason;
import io.sallyport.engine.EngineOptions.Secrets;
import io.sallyport.packet.Side;
import io.sallyport.tools.config.ConfigFileException;
import io.sallyport.tools.replay.Replay;
import java.math.BigDecimal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Runs a case: hands its packets to the engine at their times, and holds what leaves against what is expected. On each side every packet
 * that leaves is expected, in order, at its time; all bytes are compared. At the end every packet is accounted for.
 */
final class ScenarioRunner {

    /** When cases begin, in ns since 1970. */
    private static final long BEGIN_NS = TimeUnit.SECONDS.toNanos(1_770_000_000L);
    /** The gateway starts so long before that it has announced its addresses. */
    private static final long HEAD_START_NS = TimeUnit.SECONDS.toNanos(10);

    private final Scenario scenario;
    private final Scenario.Variant variant;
    private final Scenario.Case scenarioCase;
    private final Review review;
    private final Replay replay;
    private final Map<Side, Deque<Sent>> sent = new EnumMap<>(Map.of(Side.INSIDE, new ArrayDeque<>(), Side.OUTSIDE, new ArrayDeque<>()));
    private final Variables variables = new Variables();
    private final Map<String, Packet> labels = new HashMap<>();
    private long shiftNs;

    private ScenarioRunner(
        final Scenario scenario, final Scenario.Case scenarioCase, final Scenario.Variant variant, final GatewayConfig config,
        final Review review) {
        this.scenario = scenario;
        this.scenarioCase = scenarioCase;
        this.variant = variant;
        this.review = review;
        this.replay = new Replay(config, Secrets.seeded(1), this::sent);
    }

    /** A frame that left, at ns from the beginning of the case. */
    record Sent(Side side, long atNs, byte[] frame) {
        Packet packet() {
            return FrameReader.read(frame);
        }
    }

    /** What is done where scenario and gateway disagree. */
    interface Review {

        /** Something is not as expected: gives file, line and both sides. */
        void disagrees(String message);

        /** Another packet left than {@code step} expects. */
        default void different(final Step.Departure step, final Sent actual, final Variables variables, final String message) {
            disagrees(message);
        }

        /** No packet left where {@code step} expects one. */
        default void missing(final Step.Departure step, final String message) {
            disagrees(message);
        }

        /** A packet left before {@code line} that is not expected. */
        default void unexpected(final int line, final Sent actual, final Variables variables, final String message) {
            disagrees(message);
        }

        /** Counters are not as the step says, but as {@code actual}. */
        default void counted(final Step step, final String actual, final String message) {
            disagrees(message);
        }
    }

    /**
     * Runs a case.
     *
     * @throws ScenarioException if the configuration is refused, or what {@code review} throws where the gateway does something else
     */
    static void run(
        final Scenario scenario, final Scenario.Case scenarioCase, final Scenario.Variant variant, final Review review) {
        final GatewayConfig config;
        try {
            config = ScenarioConfig.of(scenarioCase, variant);
        } catch (final IllegalArgumentException problem) {
            throw ScenarioException.at(scenario.file(), scenarioCase.line(), problem.getMessage());
        } catch (final ConfigFileException refused) {
            final String problems = String.join("; ", refused.lines().stream().map(line -> line.replaceFirst("^:\\d+: ", "")).toList());
            throw ScenarioException.at(scenario.file(), scenarioCase.line(), "the configuration is refused: " + problems);
        }
        new ScenarioRunner(scenario, scenarioCase, variant, config, review).run();
    }

    /** The same, where the first disagreement ends it. */
    static void run(final Scenario scenario, final Scenario.Case scenarioCase, final Scenario.Variant variant) {
        run(scenario, scenarioCase, variant, message -> {
            throw new ScenarioException(message);
        });
    }

    private void run() {
        try (replay) {
            final List<Step> steps = scenarioCase.steps();
            if (!(steps.getFirst() instanceof Step.Start)) {
                advanceTo(-HEAD_START_NS);
                advanceTo(-1);
                sent.values().forEach(Deque::clear);
            }
            run(steps, Long.MAX_VALUE);
            checkSilence(steps.getLast().line() + 1);
        }
        final long difference = Accounting.difference(replay::count, replay::count);
        if (difference != 0) {
            review.disagrees(at(scenarioCase.line(), difference + " packets more came in than were accounted for"));
        }
    }

    /** Runs steps; {@code endNs} is when the step behind them happens. */
    private void run(final List<Step> steps, final long endNs) {
        for (int i = 0; i < steps.size(); i++) {
            final Step step = steps.get(i);
            try {
                run(step, nextNs(steps, i, endNs));
            } catch (final IllegalArgumentException problem) {
                throw new ScenarioException(at(step.line(), problem.getMessage()));
            }
        }
    }

    /** When the next step happens that does not wait for a packet. */
    private long nextNs(final List<Step> steps, final int i, final long endNs) {
        return steps.stream().skip(i + 1L).filter(step -> !(step instanceof Step.Departure) && step.time().isPresent())
            .mapToLong(step -> step.time().get().earliestNs() + shiftNs).findFirst().orElse(endNs);
    }

    private void run(final Step step, final long nextNs) {
        switch (step) {
            case final Step.Arrival arrival -> arrive(arrival);
            case final Step.Departure departure -> depart(departure, nextNs);
            case final Step.Start start -> advanceTo(start.time().orElseThrow().earliestNs() + shiftNs);
            case final Step.Quiet quiet -> passTo(quiet);
            case final Step.Count count -> {
                passTo(count);
                final long actual = counter(count.counter());
                if (actual != value(count.value())) {
                    review.counted(count, count.counter() + " " + actual, at(step.line(), "%s is another than expected%n  expected  %d%n"
                        + "  actual    %d", count.counter(), value(count.value()), actual));
                }
            }
            case final Step.Drops drops -> {
                passTo(drops);
                checkDrops(drops);
            }
            case final Step.Where where -> {
                if (!where.condition().holds(variables)) {
                    review.disagrees(at(step.line(), "it is not true that " + where.condition().describe(variables)));
                }
            }
            case final Step.Repeat repeat -> repeat(repeat, nextNs);
        }
    }

    private void repeat(final Step.Repeat repeat, final long nextNs) {
        final long first = value(repeat.first());
        final long last = value(repeat.last());
        if (last - first >= Step.Repeat.MOST_ROUNDS) {
            throw new IllegalArgumentException("more than " + Step.Repeat.MOST_ROUNDS + " rounds");
        }
        final long shiftBeforeNs = shiftNs;
        for (long round = first; round <= last; round++) {
            variables.bind(repeat.variable(), round);
            shiftNs = shiftBeforeNs + (round - first) * repeat.everyNs();
            final long nextRoundNs = repeat.time().map(time -> time.earliestNs() + shiftNs + repeat.everyNs()).orElse(nextNs);
            run(repeat.steps(), round < last ? nextRoundNs : nextNs);
        }
        variables.release(repeat.variable());
        shiftNs = shiftBeforeNs;
    }

    private void arrive(final Step.Arrival step) {
        passTo(step);
        final Packet packet = Standard.arriving(step.packet().resolve(variables, labels, Optional.empty(), Standard.TTL), step.side());
        step.label().ifPresent(label -> labels.put(label, withoutStations(packet)));
        final byte[] frame = FrameBuilder.frame(packet);
        replay.receive(step.side(), BEGIN_NS + step.time().orElseThrow().earliestNs() + shiftNs, new UnsafeBuffer(frame), 0, frame.length);
    }

    private void depart(final Step.Departure step, final long nextNs) {
        final Deque<Sent> queue = sent.get(step.side());
        final Step.Time time = step.time().orElseThrow().plus(shiftNs);
        if (queue.isEmpty()) {
            advanceTo(Math.min(time.latestNs(), nextNs - 1));
        }
        final Sent actual = queue.poll();
        if (actual == null) {
            review.missing(step, at(step.line(), "a packet is missing%n  expected  %s%n  actual    none", describe(time, step.side(),
                step.packet().text())));
            return;
        }
        final Packet read = actual.packet();
        step.packet().bind(variables, read);
        final Packet expected =
            Standard.leaving(step.packet().resolve(variables, labels, Optional.of(read), Standard.FORWARDED_TTL), step.side());
        step.label().ifPresent(label -> labels.put(label, withoutStations(read)));
        final boolean inTime = actual.atNs() >= time.earliestNs() && actual.atNs() <= time.latestNs();
        final byte[] frame = FrameBuilder.frame(expected);
        if (!inTime || !Arrays.equals(frame, actual.frame())) {
            review.different(step, actual, variables, at(step.line(), "another packet left than expected%n  expected  %s%n  actual    %s%s",
                describe(time, step.side(), PacketPrinter.ofNumbers().leaving(expected, step.side())),
                describe(actual), whereBytesDiffer(frame, actual.frame())));
        }
    }

    /** Time passes until a step, and nothing leaves that is not expected before it. */
    private void passTo(final Step step) {
        advanceTo(step.time().orElseThrow().earliestNs() + shiftNs);
        checkSilence(step.line());
    }

    private void checkSilence(final int line) {
        for (final Deque<Sent> queue : sent.values()) {
            for (Sent unexpected = queue.poll(); unexpected != null; unexpected = queue.poll()) {
                review.unexpected(line, unexpected, variables,
                    at(line, "a packet left that is not expected%n  expected  none%n  actual    %s", describe(unexpected)));
            }
        }
    }

    private void checkDrops(final Step.Drops step) {
        final Map<String, Long> expected = new LinkedHashMap<>();
        step.reasons().forEach((reason, count) -> {
            counter(reason);
            expected.put(reason, value(count));
        });
        final List<String> actual = new ArrayList<>();
        boolean same = true;
        for (final DropReason reason : DropReason.values()) {
            final long count = replay.count(reason);
            same &= count == expected.getOrDefault(reason.label(), 0L);
            if (count != 0) {
                actual.add(reason.label() + " " + count);
            }
        }
        if (!same) {
            final String drops = actual.isEmpty() ? "none" : String.join(", ", actual);
            review.counted(step, drops, at(step.line(), "other packets were dropped than expected%n  expected  %s%n  actual    %s",
                expected, drops));
        }
    }

    private long counter(final String name) {
        for (final Counter counter : Counter.values()) {
            if (counter.label().equals(name)) {
                return replay.count(counter);
            }
        }
        for (final DropReason reason : DropReason.values()) {
            if (reason.label().equals(name)) {
                return replay.count(reason);
            }
        }
        throw new IllegalArgumentException("\"" + name + "\" is neither a counter nor a reason to drop (docs/counters.md)");
    }

    private long value(final Term term) {
        return term.value(variables).orElseThrow(() -> new IllegalArgumentException("a variable is not known yet"));
    }

    private void advanceTo(final long atNs) {
        replay.advanceTo(BEGIN_NS + atNs);
    }

    private void sent(final Side side, final long timestampNs, final DirectBuffer memory, final int offset, final int length) {
        final byte[] frame = new byte[length];
        memory.getBytes(offset, frame);
        sent.get(side).add(new Sent(side, timestampNs - BEGIN_NS, frame));
    }

    /** A packet as it can be quoted or sent again on any link. */
    private static Packet withoutStations(final Packet packet) {
        final Map<Field, Long> values = new EnumMap<>(packet.values());
        List.of(Field.FROM_MAC, Field.TO_MAC, Field.PAD).forEach(values::remove);
        return new Packet(packet.form(), values, packet.inner(), packet.data(), packet.ipOptions(), packet.tcpOptions());
    }

    private static String whereBytesDiffer(final byte[] expected, final byte[] actual) {
        final int at = Arrays.mismatch(expected, actual);
        return at < 0 ? "" : "%n  from byte %d of the frame on, %d bytes expected, %d actual".formatted(at, expected.length, actual.length);
    }

    private static String describe(final Sent actual) {
        return describe(new Step.Time(actual.atNs(), actual.atNs()), actual.side(),
            PacketPrinter.ofNumbers().leaving(actual.packet(), actual.side()));
    }

    private static String describe(final Step.Time time, final Side side, final String packet) {
        return text(time) + "  " + (side == Side.INSIDE ? ">in " : ">out") + "  " + packet;
    }

    /** A time as scenarios write it. */
    static String text(final Step.Time time) {
        final String from = seconds(time.earliestNs());
        return time.earliestNs() == time.latestNs() ? from : from + ".." + seconds(time.latestNs());
    }

    private static String seconds(final long ns) {
        final BigDecimal exact = BigDecimal.valueOf(ns, 9).stripTrailingZeros();
        return exact.setScale(Math.max(3, exact.scale())).toPlainString();
    }

    private String at(final int line, final String format, final Object first, final Object... others) {
        final Object[] arguments = new Object[others.length + 1];
        arguments[0] = first;
        System.arraycopy(others, 0, arguments, 1, others.length);
        return at(line, format.formatted(arguments));
    }

    private String at(final int line, final String message) {
        return scenario.file() + ":" + line + ": " + message + "\n  in case \"" + scenarioCase.name() + "\", " + variant;
    }
}
