package io.sallyport.tools.screen;

import io.sallyport.event.Answer;
import io.sallyport.event.EventKind;
import io.sallyport.event.Holding;
import io.sallyport.wire.Ipv4Address;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Says who had a public port. */
public final class WhoScreen {

    private static final DateTimeFormatter SHOWN = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSSxxx");
    private static final DateTimeFormatter SHOWN_SECOND = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ssxxx");

    private final Answer answer;
    private final String endpoint;
    private final Instant at;
    private final ZoneId zone;

    /**
     * What the log says.
     *
     * @param endpoint what was asked for, as shown
     * @param at       when
     * @param zone     of the times that are shown
     */
    public WhoScreen(final Answer answer, final String endpoint, final Instant at, final ZoneId zone) {
        this.answer = answer;
        this.endpoint = endpoint;
        this.at = at;
        this.zone = zone;
    }

    /** Whether anyone had it. */
    public boolean isFound() {
        return !answer.holdings().isEmpty();
    }

    /** A line for each who had it, or why there is none. */
    public String text() {
        if (isFound()) {
            return answer.holdings().stream().map(this::line).distinct().collect(Collectors.joining("\n"));
        }
        final long atNs = nanos(at);
        if (answer.beginNs() > atNs) {
            return "not in the log: it begins at " + show(answer.beginNs()) + ", and the question is about " + showAt();
        }
        // whoever had it before may have had it still, and others after that
        final String what = answer.stoppedNs().isPresent() ? "the log does not say who had " : "no one had ";
        return what + endpoint + " at " + showAt() + answer.before().map(last -> "; " + inside(last) + " had it until "
            + show(last.untilNs())).orElse("; nor before, as far as the log goes back (" + show(answer.beginNs()) + ")");
    }

    /** The same for programs. */
    public Map<String, Object> json() {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("public", endpoint.substring(0, endpoint.indexOf('/')));
        json.put("protocol", endpoint.substring(endpoint.indexOf('/') + 1));
        json.put("at", at.toString());
        json.put("holders", answer.holdings().stream().map(WhoScreen::json).toList());
        answer.before().ifPresent(last -> json.put("before", json(last)));
        json.put("logBegins", instant(answer.beginNs()).toString());
        json.put("logEnds", instant(answer.endNs()).toString());
        json.put("lostEvents", answer.lostEvents());
        answer.stoppedNs().ifPresent(stopped -> json.put("stopped", instant(stopped).toString()));
        json.put("notRead", answer.notRead().stream().map(Object::toString).toList());
        return json;
    }

    /** What makes the answer doubtful. */
    public List<String> warnings() {
        final List<String> warnings = new ArrayList<>();
        if (answer.lostEvents() > 0) {
            warnings.add(Figures.count(answer.lostEvents()) + " events were lost that could have changed the answer");
        }
        answer.stoppedNs().ifPresent(stopped -> warnings.add("nothing was written into this log then: it had ended at "
            + show(stopped) + ", with the gateway or by a reload"));
        if (!answer.notRead().isEmpty() && isSinceLongAgo()) {
            warnings.add("files beside the log were not searched, because they cannot be read (damaged, or not compressed by gzip?): "
                + answer.notRead().stream().map(Object::toString).collect(Collectors.joining(", ")));
        }
        return warnings;
    }

    /** Whether older files could say more. */
    private boolean isSinceLongAgo() {
        return answer.holdings().isEmpty() && answer.before().isEmpty()
            || answer.holdings().stream().anyMatch(holding -> holding.sinceNs() == Long.MIN_VALUE);
    }

    private String line(final Holding holding) {
        final String what = switch (holding.kind()) {
            case FORWARD -> " (a forward)";
            case ONE_TO_ONE -> " (a one-to-one host)";
            default -> "";
        };
        return inside(holding) + " had " + endpoint + " at " + showAt() + what
            + (holding.hasDestination() ? " toward " + destination(holding) : "")
            + (holding.sinceNs() == Long.MIN_VALUE ? ", since before the log begins" : ", since " + show(holding.sinceNs()))
            + (holding.untilNs() == Long.MAX_VALUE ? ", still" : ", until " + show(holding.untilNs()));
    }

    private static Map<String, Object> json(final Holding holding) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("host", Ipv4Address.format(holding.insideAddress()));
        json.put("inside", inside(holding));
        json.put("by", holding.kind() == EventKind.CREATED ? "mapping" : holding.kind().label());
        if (holding.hasDestination()) {
            json.put("destination", destination(holding));
        }
        json.put("since", holding.sinceNs() == Long.MIN_VALUE ? null : instant(holding.sinceNs()).toString());
        json.put("until", holding.untilNs() == Long.MAX_VALUE ? null : instant(holding.untilNs()).toString());
        return json;
    }

    private static String inside(final Holding holding) {
        return Ipv4Address.format(holding.insideAddress()) + ":" + holding.insidePort();
    }

    private static String destination(final Holding holding) {
        final String address = Ipv4Address.format(holding.destinationAddress());
        return holding.destinationPort() == 0 ? address : address + ":" + holding.destinationPort();
    }

    private String showAt() {
        return at.getNano() == 0 ? SHOWN_SECOND.format(at.atZone(zone)) : show(nanos(at));
    }

    private String show(final long epochNs) {
        return SHOWN.format(instant(epochNs).atZone(zone));
    }

    private static long nanos(final Instant instant) {
        return instant.getEpochSecond() * 1_000_000_000L + instant.getNano();
    }

    private static Instant instant(final long epochNs) {
        return Instant.ofEpochSecond(Math.floorDiv(epochNs, 1_000_000_000L), Math.floorMod(epochNs, 1_000_000_000L));
    }
}
