package io.sallyport.twin;

import io.sallyport.config.GatewayConfig;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The same traffic through a gateway and through the twin: every difference ends it. */
final class Duel {

    private static final long START_NS = TimeUnit.SECONDS.toNanos(1000);
    private static final long LONG_NS = TimeUnit.HOURS.toNanos(5);
    private static final int SHOWN = 60;
    private static final String FRAGMENT = "fragment";

    private final Scenario scenario;
    private final GatewayConfig config;
    private final Gateway gateway;
    private final Twin twin;
    private final Traffic traffic;
    private final List<String> story = new ArrayList<>();
    private Map<String, Long> drops;
    private long forgottenFragments;
    private final long portsBefore;
    private long nowNs = START_NS;

    private Duel(final Scenario scenario, final Set<Feature> features, final Function<Gateway, Gateway> spoil) {
        this.scenario = scenario;
        this.config = Setting.of(scenario.setting(), features);
        this.gateway = spoil.apply(new EngineGateway(config, scenario.engineSeed(), START_NS));
        this.twin = new Twin(config, features);
        this.traffic = new Traffic(features, new Rules(config));
        this.drops = gateway.drops();
        this.portsBefore = gateway.sum("ports_in_use");
    }

    /** Plays a scenario; fails with the story of it. */
    static void fight(final Scenario scenario, final Set<Feature> features) {
        fight(scenario, features, Function.identity());
    }

    /** The same with a gateway that something is wrong with. */
    static void fight(final Scenario scenario, final Set<Feature> features, final Function<Gateway, Gateway> spoil) {
        final Duel duel = new Duel(scenario, features, spoil);
        try (Gateway gateway = duel.gateway) {
            for (final Picks action : scenario.actions()) {
                duel.passTo(duel.nowNs + Traffic.stepNs(action));
                duel.packet(action);
                duel.compareGauges();
            }
            duel.passTo(duel.nowNs + LONG_NS);
            duel.compareEnd(gateway);
        } catch (final Violation violation) {
            throw duel.failure(violation.getMessage());
        }
    }

    private void packet(final Picks action) {
        final Traffic.Arrival arrival = traffic.next(action, twin.waitingFragments());
        tell("in from " + Decode.frame(arrival.side(), arrival.frame()));
        final List<Out> sent = gateway.receive(arrival.side(), arrival.frame(), nowNs);
        sent.forEach(out -> tell("  gateway to " + Decode.frame(out.side(), out.frame())));
        final Verdict verdict = twin.receive(arrival.side(), arrival.frame(), new Choices(sent));
        compareFrames(verdict, sent);
        compareDrops(verdict);
        traffic.left(sent);
    }

    private void passTo(final long wantedNs) {
        nowNs = twin.settled(wantedNs);
        final List<Out> sent = gateway.pass(nowNs);
        sent.forEach(out -> tell(String.format("  gateway, at %.3f s, to %s", seconds(out.fromNs()),
            Decode.frame(out.side(), out.frame()))));
        final List<Out> missing = new ArrayList<>(twin.pass(nowNs));
        for (final Out out : sent) {
            if (!missing.remove(missing.stream().filter(expected -> expected.isMetBy(out)).findFirst().orElse(null))) {
                missing.forEach(each -> tell(String.format("  twin, from %.3f s to %.3f s, to %s", seconds(each.fromNs()),
                    seconds(each.untilNs()), Decode.frame(each.side(), each.frame()))));
                throw failure("a timer sent what the twin did not expect: " + Decode.text(out.frame()));
            }
        }
        traffic.left(sent);
        if (!missing.isEmpty()) {
            throw failure("no timer sent what the twin did: " + Decode.frame(missing.getFirst().side(), missing.getFirst().frame()));
        }
        final Map<String, Long> dropped = dropped();
        forgottenFragments += dropped.getOrDefault(FRAGMENT, 0L);
        dropped.remove(FRAGMENT);
        require(dropped.isEmpty(), "timers dropped " + dropped);
    }

    private void compareFrames(final Verdict verdict, final List<Out> sent) {
        boolean same = sent.size() == verdict.sent().size();
        for (int k = 0; same && k < sent.size(); k++) {
            same = verdict.sent().get(k).isMetBy(sent.get(k));
        }
        if (!same) {
            verdict.sent().forEach(out -> tell("  twin to " + Decode.frame(out.side(), out.frame())));
            throw failure("the twin sent something else: " + verdict.fate() + " " + verdict.reasons());
        }
    }

    /** Fragments can be given up at other times than the twin does: they are added up at the end. */
    private void compareDrops(final Verdict verdict) {
        final Map<String, Long> dropped = dropped();
        forgottenFragments += dropped.getOrDefault(FRAGMENT, 0L);
        dropped.remove(FRAGMENT);
        if (verdict.fate() == Verdict.Fate.DROPPED && dropped.isEmpty()) {
            // it was itself the fragment
            forgottenFragments--;
        }
        final long count = dropped.values().stream().mapToLong(Long::longValue).sum();
        final boolean right = verdict.fate() != Verdict.Fate.DROPPED ? count == 0
            : count == 1 && (verdict.reasons().isEmpty() || verdict.reasons().containsAll(dropped.keySet()))
            || count == 0 && (verdict.reasons().isEmpty() || verdict.reasons().contains(FRAGMENT));
        require(right, "the gateway dropped " + dropped + ", the twin: " + verdict.fate() + " " + verdict.reasons());
        require(gateway.unaccounted() == 0, "the sum does not come out even: " + gateway.unaccounted());
    }

    private void compareGauges() {
        final long active = gateway.sum("active_connections");
        require(active == twin.connectionCount(), active + " active connections, the twin has " + twin.connectionCount());
        final long ports = gateway.sum("ports_in_use") - portsBefore;
        require(twin.leastPorts() <= ports && ports <= twin.mostPorts(),
            ports + " ports in use, the twin has " + twin.leastPorts() + " to " + twin.mostPorts());
    }

    private void compareEnd(final Gateway ended) {
        compareGauges();
        require(twin.connectionCount() == 0, "the twin still has connections");
        require(ended.sum("ports_cooling") == 0, "ports cool down for ever");
        require(ended.sum("held") == 0, "packets wait for ever");
        require(forgottenFragments == twin.lostFragments(),
            forgottenFragments + " fragments were given up, by the twin " + twin.lostFragments());
    }

    /** What was dropped since the last look. */
    private Map<String, Long> dropped() {
        final Map<String, Long> now = gateway.drops();
        final Map<String, Long> difference = new HashMap<>();
        now.forEach((label, count) -> {
            if (count > drops.getOrDefault(label, 0L)) {
                difference.put(label, count - drops.getOrDefault(label, 0L));
            }
        });
        drops = now;
        return difference;
    }

    private void tell(final String event) {
        story.add(String.format("%12.6f s  %s", seconds(nowNs), event));
    }

    private void require(final boolean holds, final String message) {
        if (!holds) {
            throw failure(message);
        }
    }

    private AssertionError failure(final String message) {
        final String last = story.stream().skip(Math.max(0, story.size() - SHOWN)).collect(Collectors.joining("\n"));
        return new AssertionError(message + "\nafter\n" + last + "\nwith " + config.nat() + "\nMTU inside " + config.inside().mtu()
            + ", outside " + config.outside().mtu() + ", gateway " + config.outside().gateway() + "\nreplay: " + scenario);
    }

    private static double seconds(final long timeNs) {
        return (timeNs - START_NS) / 1e9;
    }
}
