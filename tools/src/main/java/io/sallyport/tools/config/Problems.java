package io.sallyport.tools.config;

import io.sallyport.config.ConfigProblem;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** What is wrong with a file so far, and where each of its keys stands. */
final class Problems {

    /** An item of a list where a message speaks of it: {@code nat.pool[1]}. */
    private static final Pattern ITEM = Pattern.compile("[a-z][a-z.-]*\\[[0-9]+\\]");

    private final List<Problem> found = new ArrayList<>();
    private final Map<String, Integer> lineOfKey = new HashMap<>();
    private final Map<String, List<Integer>> numbersOfItems = new HashMap<>();

    /** One problem of a file. */
    private record Problem(int line, String key, String message) {
    }

    /** Notes that {@code key} stands on {@code line}, counted from 1. */
    void place(final String key, final int line) {
        lineOfKey.putIfAbsent(key, line);
    }

    /** Notes that the next item of the list that was understood is the file's item {@code number}. */
    void understood(final String listKey, final int number) {
        numbersOfItems.computeIfAbsent(listKey, key -> new ArrayList<>()).add(number);
    }

    /** Adds a problem where {@code key} stands, or where the nearest key above it does. */
    void add(final String key, final String message) {
        found.add(new Problem(lineOf(key), key, message));
    }

    /** Adds a problem of a key that stands elsewhere than its name's first use. */
    void add(final int line, final String key, final String message) {
        found.add(new Problem(line, key, message));
    }

    /**
     * Adds what the configuration says of itself. What is wrong with a key that was not even understood, or with something above or
     * below it, has been said.
     */
    void addAll(final List<ConfigProblem> problems) {
        final Set<String> said = new HashSet<>();
        found.forEach(problem -> said.add(problem.key()));
        for (final ConfigProblem problem : problems) {
            final String key = keyInFile(problem.key());
            if (said.stream().noneMatch(other -> isWithin(key, other) || isWithin(other, key))) {
                add(key, ITEM.matcher(problem.message()).replaceAll(item -> keyInFile(item.group())));
            }
        }
    }

    boolean isEmpty() {
        return found.isEmpty();
    }

    /** One line per problem, in the order of the file. */
    List<String> lines(final String fileName) {
        return found.stream().sorted(Comparator.comparingInt(Problem::line))
            .map(problem -> fileName + ":" + problem.line() + ": " + (problem.key().isEmpty() ? "" : problem.key() + ": ")
                + problem.message())
            .toList();
    }

    private int lineOf(final String key) {
        String known = key;
        while (!known.isEmpty()) {
            final Integer line = lineOfKey.get(known);
            if (line != null) {
                return line;
            }
            known = known.substring(0, Math.max(0, Math.max(known.lastIndexOf('.'), known.lastIndexOf('['))));
        }
        return 1;
    }

    /** The same key with the numbers that items have in the file, where items before them were not understood. */
    private String keyInFile(final String key) {
        final StringBuilder translated = new StringBuilder();
        int from = 0;
        for (int open = key.indexOf('['); open >= 0; open = key.indexOf('[', from)) {
            final int close = key.indexOf(']', open);
            translated.append(key, from, open);
            final int index = Integer.parseInt(key.substring(open + 1, close));
            final List<Integer> numbers = numbersOfItems.getOrDefault(translated.toString(), List.of());
            translated.append('[').append(index < numbers.size() ? numbers.get(index) : index).append(']');
            from = close + 1;
        }
        return translated.append(key.substring(from)).toString();
    }

    private static boolean isWithin(final String key, final String outer) {
        return key.startsWith(outer)
            && (key.length() == outer.length() || key.charAt(outer.length()) == '.' || key.charAt(outer.length()) == '[');
    }
}
