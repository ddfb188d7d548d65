package io.sallyport.translate;

import io.sallyport.flow.FlowKey;
import io.sallyport.flow.FlowTable;
import io.sallyport.mapping.MappingTable;
import io.sallyport.packet.Side;

/**
 * Begins the loads of what the openings of a batch will read and write, before the first of them, so that their misses overlap. Where that
 * lies follows from the port that each will take: it is random, but known. It is a guess all the same, and changes nothing; an opening that
 * turns out otherwise only waits.
 *
 * <p>It goes in passes as the worker does, and for the same reason: those that miss are a few instructions long. What is only written is
 * loaded, too, since stores reach the cache one after the other.
 *
 * <p>Owned by one worker.
 */
public final class Foresight {

    private final FlowTable flows;
    private final MappingTable mappings;
    private final Sources sources;
    private final Opening guess = new Opening();
    private final long[] addressKeys;
    private final long[] portKeys;
    private final long[] insideHashes;
    private final long[] backHashes;
    private final long[] publicHashes;
    private int count;
    private int ports;

    /** Made for at most {@code capacity} openings at a time. */
    public Foresight(final FlowTable flows, final MappingTable mappings, final Sources sources, final int capacity) {
        this.flows = flows;
        this.mappings = mappings;
        this.sources = sources;
        addressKeys = new long[capacity];
        portKeys = new long[capacity];
        insideHashes = new long[capacity];
        backHashes = new long[capacity];
        publicHashes = new long[capacity];
    }

    /** Forgets the openings of the last batch. */
    public void begin() {
        count = 0;
    }

    /** Adds an opening: the key of a first packet from inside. */
    public void add(final long addressKey, final long portKey) {
        addressKeys[count] = addressKey;
        portKeys[count++] = portKey;
    }

    /** Begins the loads. The caller must make some use of what it returns, or they may be optimised away. */
    public long touch() {
        final long sum = touchInside();
        guess();
        return sum + touchIndices() + touchRecords();
    }

    /** Whether the endpoint has a mapping. */
    private long touchInside() {
        long sum = 0;
        for (int k = 0; k < count; k++) {
            insideHashes[k] = mappings.insideHash(
                FlowKey.rawAddress(FlowKey.rawSource(addressKeys[k])), FlowKey.rawPort(FlowKey.rawSourcePort(portKeys[k])),
                Protocols.index(FlowKey.protocol(portKeys[k])));
            sum += mappings.touchInsideTags(insideHashes[k]);
        }
        return sum;
    }

    private void guess() {
        ports = 0;
        for (int k = 0; k < count; k++) {
            guess.begin(addressKeys[k], portKeys[k], Side.OUTSIDE);
            final int position = sources.guess(guess, ports);
            if (position >= 0) {
                publicHashes[ports++] = mappings.publicHash(position, Protocols.index(guess.protocol()), guess.newSourcePort());
            }
            backHashes[k] = flows.hash(guess.backAddressKey(), guess.backPortKey());
        }
    }

    /** Where the answers are looked for, and the mapping by its public endpoint. */
    private long touchIndices() {
        long sum = 0;
        for (int k = 0; k < count; k++) {
            sum += flows.touchIndex(backHashes[k]);
        }
        for (int k = 0; k < ports; k++) {
            sum += mappings.touchPublicTags(publicHashes[k]);
        }
        return sum;
    }

    /** What the opening writes. */
    private long touchRecords() {
        long sum = 0;
        for (int k = 0; k < count; k++) {
            sum += mappings.touchInside(insideHashes[k]) + flows.touchFree(k);
        }
        for (int k = 0; k < ports; k++) {
            sum += mappings.touchPublic(publicHashes[k]);
        }
        return sum;
    }
}
