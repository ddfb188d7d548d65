package io.sallyport.bench.compare;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/** The figures of one metric: a row for each device, a column for each case, in each cell one figure of every round. */
final class Table {

    private final String key;
    private final String title;
    private final String unit;
    private final int decimals;
    private final boolean isMoreBetter;
    private final List<String> columns = new ArrayList<>();
    private final Map<String, Map<String, List<Double>>> rows = new LinkedHashMap<>();
    private final Map<String, String> skipped = new LinkedHashMap<>();
    private final List<Goal> goals = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private String measured = "";

    /**
     * An empty one.
     *
     * @param key          the metric's short name, with which files are named
     * @param isMoreBetter whether more is better
     */
    Table(final String key, final String title, final String unit, final int decimals, final boolean isMoreBetter) {
        this.key = key;
        this.title = title;
        this.unit = unit;
        this.decimals = decimals;
        this.isMoreBetter = isMoreBetter;
    }

    /** One of an earlier run, from what {@link #toMap} made of it. */
    static Table of(final Map<?, ?> map) {
        final Table table = new Table(text(map, "key"), text(map, "title"), text(map, "unit"), ((Number) map.get("decimals")).intValue(),
            (Boolean) map.get("isMoreBetter"));
        table.measured = text(map, "measured");
        ((Map<?, ?>) map.get("rows")).forEach((row, cells) -> ((Map<?, ?>) cells).forEach((column, values) ->
            ((List<?>) values).forEach(value -> table.add((String) row, (String) column, ((Number) value).doubleValue()))));
        ((Map<?, ?>) map.get("skipped")).forEach((row, reason) -> table.skip((String) row, (String) reason));
        ((List<?>) map.get("notes")).forEach(note -> table.note((String) note));
        for (final Object each : (List<?>) map.get("goals")) {
            final Map<?, ?> goal = (Map<?, ?>) each;
            table.goal(new Goal(text(goal, "rows"), text(goal, "columns"), text(goal, "peer"), ((Number) goal.get("limit")).doubleValue()));
        }
        return table;
    }

    private static String text(final Map<?, ?> map, final String name) {
        return (String) map.get(name);
    }

    /** All of it, as JSON has it. */
    Map<String, Object> toMap() {
        final Map<String, Object> map = new LinkedHashMap<>();
        map.put("key", key);
        map.put("title", title);
        map.put("unit", unit);
        map.put("decimals", decimals);
        map.put("isMoreBetter", isMoreBetter);
        map.put("measured", measured);
        map.put("rows", rows);
        map.put("skipped", skipped);
        map.put("notes", notes);
        map.put("goals", goals.stream().map(goal ->
            Map.of("rows", goal.rows(), "columns", goal.columns(), "peer", goal.peer(), "limit", goal.limit())).toList());
        return map;
    }

    /** Says when and by which command it was measured. */
    void measured(final String when) {
        measured = when;
    }

    /** When and by which command it was measured. */
    String measured() {
        return measured;
    }

    /** Sets a goal. */
    Table goal(final Goal goal) {
        goals.add(goal);
        return this;
    }

    /** Says how it was measured. */
    Table note(final String note) {
        if (!notes.contains(note)) {
            notes.add(note);
        }
        return this;
    }

    /** Adds a round's figure. */
    void add(final String row, final String column, final double value) {
        if (!columns.contains(column)) {
            columns.add(column);
        }
        rows.computeIfAbsent(row, name -> new LinkedHashMap<>()).computeIfAbsent(column, name -> new ArrayList<>()).add(value);
    }

    /** Says why there are no figures of a device. */
    void skip(final String row, final String reason) {
        skipped.putIfAbsent(row, reason);
    }

    /** The median of a cell's rounds. */
    OptionalDouble median(final String row, final String column) {
        final double[] sorted = sorted(row, column);
        return sorted.length == 0 ? OptionalDouble.empty() : OptionalDouble.of(median(sorted));
    }

    private static double median(final double[] sorted) {
        return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }

    private double[] sorted(final String row, final String column) {
        return rows.getOrDefault(row, Map.of()).getOrDefault(column, List.of()).stream().mapToDouble(value -> value).sorted().toArray();
    }

    /** A cell in words: median, and smallest and greatest of several rounds. */
    String cell(final String row, final String column) {
        final double[] sorted = sorted(row, column);
        if (sorted.length == 0) {
            return "";
        }
        final String median = number(median(sorted));
        return sorted.length == 1 ? median : median + " (" + number(sorted[0]) + "–" + number(sorted[sorted.length - 1]) + ")";
    }

    private String number(final double value) {
        return String.format(Locale.ROOT, "%,." + decimals + "f", value);
    }

    /** A cell beside its goal; empty without one. */
    Verdict verdict(final String row, final String column) {
        final OptionalDouble value = median(row, column);
        for (final Goal goal : goals) {
            if (value.isPresent() && goal.concerns(row, column)) {
                final OptionalDouble peer = peer(goal, column);
                if (goal.peer().isEmpty()) {
                    final boolean isMet = isMoreBetter ? value.getAsDouble() >= goal.limit() : value.getAsDouble() <= goal.limit();
                    return new Verdict(isMet, "goal " + sign() + number(goal.limit()) + " " + unit);
                } else if (peer.isPresent()) {
                    final double ratio = value.getAsDouble() / peer.getAsDouble();
                    return new Verdict(isMoreBetter ? ratio >= goal.limit() : ratio <= goal.limit(),
                        String.format(Locale.ROOT, "%.2fx of the %s, goal %s%.2fx", ratio, goal.peer(), sign(), goal.limit()));
                }
            }
        }
        return null;
    }

    private String sign() {
        return isMoreBetter ? "≥ " : "≤ ";
    }

    private OptionalDouble peer(final Goal goal, final String column) {
        final double[] peers = rows.keySet().stream().filter(row -> !goal.peer().isEmpty() && row.startsWith(goal.peer()))
            .map(row -> median(row, column)).filter(OptionalDouble::isPresent).mapToDouble(OptionalDouble::getAsDouble).toArray();
        return isMoreBetter ? Arrays.stream(peers).max() : Arrays.stream(peers).min();
    }

    /** The metric's short name. */
    String key() {
        return key;
    }

    /** What is measured. */
    String title() {
        return title;
    }

    /** The unit of all figures. */
    String unit() {
        return unit;
    }

    /** The cases. */
    List<String> columns() {
        return columns;
    }

    /** The devices that have figures. */
    List<String> rows() {
        return List.copyOf(rows.keySet());
    }

    /** The devices that have none, and why. */
    Map<String, String> skipped() {
        return skipped;
    }

    /** How it was measured. */
    List<String> notes() {
        return notes;
    }

    /**
     * A figure beside its goal.
     *
     * @param isMet whether the goal is met
     * @param words ratio and goal
     */
    record Verdict(boolean isMet, String words) {

        @Override
        public String toString() {
            return words + ": " + (isMet ? "met" : "missed");
        }
    }
}
