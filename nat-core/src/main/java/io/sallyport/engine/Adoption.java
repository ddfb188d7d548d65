package io.sallyport.engine;

import io.sallyport.config.NatConfig.Forward;
import io.sallyport.flow.FlowKey;
import io.sallyport.mapping.MappingTable;
import io.sallyport.mapping.Mappings;
import io.sallyport.translate.Connections;
import io.sallyport.translate.Openings;
import io.sallyport.translate.Rewriter;
import io.sallyport.translate.Sources;

/**
 * Has the parts of one worker go by other rules, between two batches. The work grows with the number of forwards, and with nothing else;
 * nothing is allocated.
 *
 * <p>Owned by one worker.
 */
final class Adoption {

    private final int shard;
    private final Mappings mappings;
    private final Sources sources;
    private final Connections connections;
    private final Entrances entrances;
    private final SlowPath slowPath;
    private final ErrorPath errorPath;
    private final Rewriter rewriter;
    private Rules rules;

    Adoption(
        final int shard,
        final Rules rules,
        final Mappings mappings,
        final Sources sources,
        final Connections connections,
        final Entrances entrances,
        final SlowPath slowPath,
        final ErrorPath errorPath,
        final Rewriter rewriter) {
        this.shard = shard;
        this.rules = rules;
        this.mappings = mappings;
        this.sources = sources;
        this.connections = connections;
        this.entrances = entrances;
        this.slowPath = slowPath;
        this.errorPath = errorPath;
        this.rewriter = rewriter;
    }

    /** Whether the worker goes by these rules. */
    boolean isDone(final Rules asked) {
        return rules == asked;
    }

    /** Goes by other rules from the next packet on. */
    void adopt(final Rules next, final long nowNs) {
        final Rules before = rules;
        final Rules.Room room = next.rooms().get(shard);
        rules = next;
        mappings.time(nowNs);
        mappings.adopt(next.publicAddresses(), room.ports(), next.config().nat().timeouts().portReuseNs());
        if (room.telling() != null) {
            mappings.tell(room.telling());
        }
        sources.adopt(next.openings(), next.publicAddresses());
        connections.adopt(next.terms(), room.hosts());
        entrances.adopt(next);
        slowPath.adopt(next);
        errorPath.adopt(next);
        rewriter.adopt(next.clamp());
        if (before.openings() != next.openings()) {
            closeForwards(before, next, nowNs);
            openForwards(next, nowNs);
            preferFirstForwards(next);
        }
    }

    private void closeForwards(final Rules before, final Rules next, final long nowNs) {
        final Openings old = before.openings();
        for (int number = 0; number < old.forwards().size(); number++) {
            final Forward forward = old.forwards().get(number);
            final int protocol = Openings.protocolIndex(forward);
            final int position = old.forwardPosition(number);
            final int successor = next.openings().forwardAt(position, protocol, forward.outsidePort());
            if (isOwnHost(forward.insideAddress())
                && (successor == Openings.NONE || !isOwnHost(next.openings().forwardInside(successor)))) {
                mappings.close(protocol, position, forward.outsidePort(), nowNs);
            }
        }
    }

    private void openForwards(final Rules next, final long nowNs) {
        final Openings openings = next.openings();
        for (int number = 0; number < openings.forwards().size(); number++) {
            final Forward forward = openings.forwards().get(number);
            final int protocol = Openings.protocolIndex(forward);
            final int position = openings.forwardPosition(number);
            if (isOwnHost(forward.insideAddress())) {
                mappings.openForward(
                    forward.insideAddress(), forward.insidePort(), protocol, position, forward.outsidePort(), number);
            } else {
                // another worker's now: what goes on here goes on
                mappings.close(protocol, position, forward.outsidePort(), nowNs);
            }
        }
    }

    /** Of several forwards to one inside endpoint the first is the one by which it sends. */
    private void preferFirstForwards(final Rules next) {
        final MappingTable table = mappings.table();
        final Openings openings = next.openings();
        for (int number = 0; number < openings.forwards().size(); number++) {
            final Forward forward = openings.forwards().get(number);
            final int protocol = Openings.protocolIndex(forward);
            final int mapping = isOwnHost(forward.insideAddress())
                ? table.findPublic(openings.forwardPosition(number), protocol, forward.outsidePort()) : MappingTable.NONE;
            if (mapping != MappingTable.NONE) {
                final int known = table.find(forward.insideAddress(), forward.insidePort(), protocol);
                if (known == MappingTable.NONE || !table.isForward(known) || table.forward(known) > number) {
                    table.preferForward(mapping);
                }
            }
        }
    }

    private boolean isOwnHost(final int insideAddress) {
        return rules.sharding().ofInsideHost(FlowKey.rawAddress(insideAddress)) == shard;
    }
}
