package io.sallyport.event;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Follows one public endpoint through the lines of a log, in their order. With endpoint-dependent mapping several inside endpoints can have
 * it at once, and one can have it several times.
 */
final class Holdings {

    private final int protocol;
    private final int publicAddress;
    private final int publicPort;
    private final long fromNs;
    private final long toNs;
    private final List<Binding> bindings = new ArrayList<>();
    private final List<Loss> losses = new ArrayList<>();
    private long beginNs = Long.MAX_VALUE;
    private long endNs = Long.MIN_VALUE;
    private long startedNs = Long.MIN_VALUE;
    private long stoppedNs = Long.MIN_VALUE;
    /** The log has ended, and not begun again yet. */
    private boolean isStopped;

    Holdings(final int protocol, final int publicAddress, final int publicPort, final long fromNs, final long toNs) {
        this.protocol = protocol;
        this.publicAddress = publicAddress;
        this.publicPort = publicPort;
        this.fromNs = fromNs;
        this.toNs = toNs;
    }

    private record Loss(long sinceNs, long timeNs, long count) {
    }

    /** One time that an inside endpoint had the public one. */
    private static final class Binding {

        private final EventKind kind;
        private final int insideAddress;
        private final int insidePort;
        private final boolean hasDestination;
        private final int destinationAddress;
        private final int destinationPort;
        private final long sinceNs;
        private long untilNs = Long.MAX_VALUE;
        /** The log has ended or begun anew since, and has not said that this goes on. */
        private boolean isInDoubt;

        Binding(final EventLine line, final EventKind kind, final int insidePort, final long sinceNs) {
            this.kind = kind;
            this.insideAddress = line.insideAddress();
            this.insidePort = insidePort;
            this.hasDestination = line.hasDestination();
            this.destinationAddress = line.destinationAddress();
            this.destinationPort = line.destinationPort();
            this.sinceNs = sinceNs;
        }

        boolean isOf(final Binding other) {
            return kind == other.kind && insideAddress == other.insideAddress && insidePort == other.insidePort
                && hasDestination == other.hasDestination
                && (!hasDestination || destinationAddress == other.destinationAddress && destinationPort == other.destinationPort);
        }

        /** When it was last known for certain whose the port is. */
        long knownNs() {
            return isInDoubt ? sinceNs : untilNs;
        }

        Holding toHolding() {
            return new Holding(kind, insideAddress, insidePort, sinceNs, untilNs, hasDestination, hasDestination ? destinationAddress : 0,
                hasDestination ? destinationPort : 0);
        }
    }

    /** A file of the log begins. */
    void begins(final long timeNs) {
        beginNs = Math.min(beginNs, timeNs);
        reaches(timeNs);
    }

    /** The log goes on at least until then. */
    void reaches(final long timeNs) {
        endNs = Math.max(endNs, timeNs);
    }

    /** A line that may have to do with the endpoint. */
    void onLine(final EventLine line) {
        switch (line.kind()) {
            case STARTED -> started(line.timeNs());
            case STOPPED -> {
                // else another gateway has taken over, and goes on
                if (line.sinceNs() >= startedNs) {
                    stopped(line.timeNs());
                }
            }
            case LOST -> losses.add(new Loss(line.sinceNs(), line.timeNs(), line.count()));
            case CREATED -> {
                if (isEndpoint(line)) {
                    created(new Binding(line, EventKind.CREATED, line.insidePort(), line.timeNs()), line.isAdopted());
                }
            }
            case ENDED -> {
                if (isEndpoint(line)) {
                    ended(new Binding(line, EventKind.CREATED, line.insidePort(), Long.MIN_VALUE), line.timeNs());
                }
            }
            case FORWARD -> {
                if (isEndpoint(line)) {
                    configured(new Binding(line, EventKind.FORWARD, line.insidePort(), line.timeNs()));
                }
            }
            case FORWARD_ENDED -> {
                if (isEndpoint(line)) {
                    ended(new Binding(line, EventKind.FORWARD, line.insidePort(), Long.MIN_VALUE), line.timeNs());
                }
            }
            case ONE_TO_ONE -> {
                if (line.publicAddress() == publicAddress) {
                    configured(new Binding(line, EventKind.ONE_TO_ONE, publicPort, line.timeNs()));
                }
            }
            case ONE_TO_ONE_ENDED -> {
                if (line.publicAddress() == publicAddress) {
                    ended(new Binding(line, EventKind.ONE_TO_ONE, publicPort, Long.MIN_VALUE), line.timeNs());
                }
            }
            default -> {
                // of no endpoint
            }
        }
    }

    Answer answer(final List<Path> notRead) {
        final List<Holding> holdings = bindings.stream().map(Binding::toHolding).filter(holding -> holding.isWithin(fromNs, toNs)).toList();
        final Optional<Binding> before = holdings.isEmpty()
            ? bindings.stream().filter(binding -> binding.untilNs <= fromNs).max(Comparator.comparingLong(binding -> binding.untilNs))
            : Optional.empty();
        final long knownNs = holdings.stream().mapToLong(Holding::sinceNs).min().orElse(before.map(Binding::knownNs).orElse(beginNs));
        final long lost = losses.stream().filter(loss -> loss.timeNs > knownNs && loss.sinceNs < toNs).mapToLong(Loss::count).sum();
        return new Answer(holdings, before.map(Binding::toHolding), beginNs, endNs, lost,
            stoppedNs == Long.MIN_VALUE ? OptionalLong.empty() : OptionalLong.of(stoppedNs), notRead);
    }

    private boolean isEndpoint(final EventLine line) {
        return line.protocol() == protocol && line.publicAddress() == publicAddress && line.publicPort() == publicPort;
    }

    /** Nobody knows what becomes of a port from here on, unless the log says later that it went on. */
    private void stopped(final long timeNs) {
        stoppedNs = timeNs <= fromNs ? timeNs : stoppedNs;
        endOpen(timeNs, false);
        isStopped = true;
    }

    /** What the gateway does not go on with ends here, or where the log ended before. */
    private void started(final long timeNs) {
        startedNs = timeNs;
        stoppedNs = timeNs <= fromNs ? Long.MIN_VALUE : stoppedNs;
        endOpen(timeNs, isStopped);
        isStopped = false;
    }

    /** Ends what is open, and leaves it in doubt; what had ended before stays in doubt only on request. */
    private void endOpen(final long timeNs, final boolean keepsDoubt) {
        for (final Binding binding : bindings) {
            if (binding.untilNs == Long.MAX_VALUE) {
                binding.untilNs = timeNs;
                binding.isInDoubt = true;
            } else {
                binding.isInDoubt &= keepsDoubt;
            }
        }
    }

    private void created(final Binding binding, final boolean isAdopted) {
        if (!isAdopted || !goesOn(binding)) {
            bindings.add(binding);
        }
    }

    private void configured(final Binding binding) {
        if (bindings.stream().noneMatch(other -> other.untilNs == Long.MAX_VALUE && other.isOf(binding)) && !goesOn(binding)) {
            bindings.add(binding);
        }
    }

    private boolean goesOn(final Binding binding) {
        for (final Binding other : bindings) {
            if (other.isInDoubt && other.isOf(binding)) {
                other.isInDoubt = false;
                other.untilNs = Long.MAX_VALUE;
                return true;
            }
        }
        return false;
    }

    private void ended(final Binding binding, final long timeNs) {
        for (final Binding other : bindings) {
            if (other.untilNs == Long.MAX_VALUE && other.isOf(binding)) {
                other.untilNs = timeNs;
                return;
            }
        }
        binding.untilNs = timeNs;
        bindings.add(binding);
    }
}
