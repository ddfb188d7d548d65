package io.sallyport.tools.trace;

import io.sallyport.counter.DropReason;
import io.sallyport.flow.ConnectionState;
import io.sallyport.flow.ConnectionView;
import io.sallyport.packet.Side;
import io.sallyport.tools.screen.ConnectionRow;
import io.sallyport.tools.screen.Figures;
import io.sallyport.tools.trace.FrameFields.Field;
import io.sallyport.tools.trace.Trace.Connection;
import io.sallyport.tools.trace.Trace.Departure;
import io.sallyport.tools.trace.Trace.Outcome;
import io.sallyport.wire.Ipv4Address;
import io.sallyport.wire.MacAddress;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A trace as text for people, 80 columns wide, and as JSON for programs. */
final class TraceScreen {

    private static final int SCREEN_LENGTH = 80;
    /** Stands for a space at which no line is broken. */
    private static final char UNBROKEN = '\u00A0';
    private static final int HEAD_LENGTH = 9;
    private static final int COLUMN_LENGTH = 25;
    private static final String STAND_IN = MacAddress.format(Arrival.STAND_IN_MAC);

    private final Trace trace;
    private final List<String> notes;
    private final StringBuilder out = new StringBuilder();

    private TraceScreen(final Trace trace, final List<String> notes) {
        this.trace = trace;
        this.notes = notes;
    }

    /** The screen. */
    static String text(final Trace trace, final List<String> notes) {
        final TraceScreen screen = new TraceScreen(trace, notes);
        screen.packet();
        screen.lookUp();
        screen.verdict();
        screen.ownPackets();
        screen.fields();
        screen.notes();
        return screen.out.toString();
    }

    private void packet() {
        final Arrival arrival = trace.arrival();
        line("packet", "%s", FrameSummary.of(arrival.frame()));
        line("", "from %s (%s), %s bytes%s", sideName(arrival.side()), trace.link(arrival.side()).interfaceName(),
            Figures.count(arrival.frame().length), arrival.isWrapped() ? "; an Ethernet header was put in front" : "");
        trace.worker().ifPresent(worker -> line("worker", "%d of %d", worker, trace.config().io().workers()));
    }

    private void lookUp() {
        if (trace.found().isPresent()) {
            final Connection before = trace.found().get();
            line("look-up", "its connection is there");
            connection(before);
            final byte state = trace.after().map(after -> after.view().state()).orElse(before.view().state());
            if (state != before.view().state()) {
                line("", "goes from %s to %s", ConnectionState.name(before.view().state()), ConnectionState.name(state));
            }
        } else if (trace.opens()) {
            line("look-up", "no connection: it opens one");
            connection(trace.after().orElseThrow());
        } else if (trace.outcome() == Outcome.WAITS) {
            line("look-up", "not yet: its ports are in the first fragment");
        } else if (trace.worker().isPresent()) {
            line("look-up", trace.outcome() == Outcome.DROPPED ? "no connection, and it opens none" : "no connection, and it needs none");
        } else {
            line("look-up", "none: it did not come that far");
        }
    }

    private void connection(final Connection connection) {
        final ConnectionView view = connection.view();
        line("", "%s, inside\u00A0%s, public\u00A0%s, remote\u00A0%s", ConnectionRow.protocol(view), ConnectionRow.inside(view),
            ConnectionRow.publicEndpoint(view), ConnectionRow.remote(view));
        line("", "%s, %s%s, silent for %s of %s", ConnectionRow.direction(view), ConnectionRow.state(view),
            connection.isGuest() ? ", a guest's" : "", Figures.duration(TimeUnit.NANOSECONDS.toSeconds(view.idleNs())),
            Figures.duration(TimeUnit.NANOSECONDS.toSeconds(connection.timeoutNs())));
    }

    private void verdict() {
        switch (trace.outcome()) {
            case FORWARDED -> trace.departures().stream().filter(departure -> !departure.isOwn()).forEach(this::forwarded);
            case DROPPED -> {
                final DropReason reason = trace.dropReason().orElseThrow();
                line("verdict", "DROPPED, %s: %s", reason.label(), reason.explanation());
                line("", "see %s", Advice.on(reason));
            }
            case ANSWERED -> line("verdict", "for the gateway, which answers");
            case CONSUMED -> line("verdict", "for the gateway, which takes note");
            default -> line("verdict", "waits for the first fragment of its datagram, %s at most",
                Figures.duration(TimeUnit.NANOSECONDS.toSeconds(trace.config().nat().timeouts().fragmentNs())));
        }
    }

    private void forwarded(final Departure departure) {
        line("verdict", "forwarded to the %s (%s)%s", sideName(departure.side()), trace.link(departure.side()).interfaceName(),
            departure.nextHop().isPresent() ? ", next hop " + Ipv4Address.format(departure.nextHop().getAsInt()) : "");
        if (isUnresolved(departure)) {
            line("", "would ask ARP for that first, unless the gateway knows it");
        }
        line("becomes", "%s", FrameSummary.of(departure.frame()));
    }

    private void ownPackets() {
        trace.departures().stream().filter(Departure::isOwn).forEach(departure ->
            line("answer", "%s (%s)", FrameSummary.of(departure.frame()), sideName(departure.side())));
    }

    private void fields() {
        out.append('\n');
        final boolean leaves = trace.becomes().isPresent();
        out.append(leaves ? "field                     arrives                   leaves\n" : "field                     arrives\n");
        for (final Row row : rows()) {
            out.append("%-25s %-25s %-25s %s".formatted(row.name, clipped(row.arrives), row.isChanged() ? clipped(row.leaves) : "",
                leaves && row.isChanged() ? "*" : "").stripTrailing()).append('\n');
        }
    }

    private void notes() {
        if (!notes.isEmpty()) {
            out.append('\n');
            notes.forEach(note -> wrapped("note", note));
        }
    }

    /**
     * A field as it arrives and as it leaves; empty where it is not there.
     *
     * @param name    what it is called
     * @param arrives its value in the packet
     * @param leaves  its value in what the packet becomes
     */
    private record Row(String name, String arrives, String leaves) {

        boolean isChanged() {
            return !arrives.equals(leaves);
        }
    }

    /** Fields of the packet and of what it becomes, side by side, in the order of the packet. */
    private List<Row> rows() {
        final List<Field> arrives = FrameFields.of(trace.arrival().frame());
        final Map<String, String> leaves = new LinkedHashMap<>();
        trace.becomes().ifPresent(departure -> FrameFields.of(departure.frame()).forEach(field ->
            leaves.put(field.name(), isUnresolved(departure) && field.value().equals(STAND_IN) ? "(by ARP)" : field.value())));
        final List<Row> rows = new ArrayList<>();
        for (final Field field : arrives) {
            final String before = trace.arrival().isWrapped() && field.value().equals(STAND_IN) ? "(any)" : field.value();
            final String after = leaves.remove(field.name());
            rows.add(new Row(field.name(), before, after == null ? "" : after));
        }
        leaves.forEach((name, value) -> rows.add(new Row(name, "", value)));
        return rows;
    }

    private static String clipped(final String value) {
        return value.length() <= COLUMN_LENGTH ? value : value.substring(0, COLUMN_LENGTH - 3) + "...";
    }

    private static boolean isUnresolved(final Departure departure) {
        return FrameFields.of(departure.frame()).getFirst().value().equals(STAND_IN);
    }

    private void line(final String head, final String format, final Object... values) {
        wrapped(head, String.format(Locale.ROOT, format, values));
    }

    /** Breaks a text into lines of 80 columns, all but the first without the head. */
    private void wrapped(final String head, final String text) {
        final StringBuilder line = new StringBuilder(head).append(" ".repeat(HEAD_LENGTH - head.length()));
        boolean isFirstWord = true;
        for (final String word : text.split(" ")) {
            if (!isFirstWord && line.length() + 1 + word.length() > SCREEN_LENGTH) {
                out.append(line).append('\n');
                line.setLength(0);
                line.append(" ".repeat(HEAD_LENGTH));
                isFirstWord = true;
            }
            line.append(isFirstWord ? "" : " ").append(word.replace(UNBROKEN, ' '));
            isFirstWord = false;
        }
        out.append(line).append('\n');
    }

    private static String sideName(final Side side) {
        return side.name().toLowerCase(Locale.ROOT);
    }

    /** The same for programs. */
    static Map<String, Object> json(final Trace trace, final List<String> notes) {
        final TraceScreen screen = new TraceScreen(trace, notes);
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", trace.config().name());
        json.put("from", sideName(trace.arrival().side()));
        json.put("packet", screen.frame(trace.arrival().frame()));
        trace.worker().ifPresent(worker -> json.put("worker", worker));
        json.put("verdict", trace.outcome().name().toLowerCase(Locale.ROOT));
        trace.dropReason().ifPresent(reason -> {
            json.put("dropReason", reason.label());
            json.put("explanation", reason.explanation());
            json.put("see", Advice.on(reason));
        });
        json.put("opensConnection", trace.opens());
        trace.found().or(trace::after).ifPresent(connection -> json.put("connection", json(connection)));
        trace.after().ifPresent(connection -> json.put("stateAfter", ConnectionState.name(connection.view().state())));
        json.put("leaves", trace.departures().stream().filter(departure -> !departure.isOwn()).map(screen::departure).toList());
        json.put("answers", trace.departures().stream().filter(Departure::isOwn).map(screen::departure).toList());
        json.put("fields", screen.rows().stream().map(row -> screen.row(row)).toList());
        json.put("notes", notes);
        return json;
    }

    private static Map<String, Object> json(final Connection connection) {
        final ConnectionView view = connection.view();
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("protocol", ConnectionRow.protocol(view));
        json.put("inside", ConnectionRow.inside(view));
        json.put("public", ConnectionRow.publicEndpoint(view));
        json.put("remote", ConnectionRow.remote(view));
        json.put("direction", ConnectionRow.direction(view));
        json.put("state", ConnectionRow.state(view));
        json.put("idleSeconds", TimeUnit.NANOSECONDS.toMillis(view.idleNs()) / 1000.0);
        json.put("guest", connection.isGuest());
        json.put("timeoutSeconds", TimeUnit.NANOSECONDS.toMillis(connection.timeoutNs()) / 1000.0);
        return json;
    }

    private Map<String, Object> departure(final Departure departure) {
        final Map<String, Object> json = frame(departure.frame());
        json.put("side", sideName(departure.side()));
        departure.nextHop().ifPresent(nextHop -> json.put("nextHop", Ipv4Address.format(nextHop)));
        json.put("asksArp", isUnresolved(departure));
        return json;
    }

    private Map<String, Object> frame(final byte[] frame) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("summary", FrameSummary.of(frame));
        json.put("bytes", frame.length);
        json.put("hex", HexFormat.of().formatHex(frame));
        return json;
    }

    private Map<String, Object> row(final Row row) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", row.name);
        json.put("arrives", row.arrives);
        if (trace.becomes().isPresent()) {
            json.put("leaves", row.leaves);
            json.put("changed", row.isChanged());
        }
        return json;
    }
}
