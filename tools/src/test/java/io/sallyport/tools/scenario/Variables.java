package io.sallyport.tools.scenario;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the variables of a case stand for. */
final class Variables {

    private final Map<String, Long> values = new LinkedHashMap<>();

    Optional<Long> get(final String name) {
        return Optional.ofNullable(values.get(name));
    }

    void bind(final String name, final long value) {
        values.put(name, value);
    }

    void release(final String name) {
        values.remove(name);
    }

    /** The values of {@code name[0]}, {@code name[1]}, …, and of {@code name} itself. */
    List<Long> family(final String name) {
        return values.entrySet().stream()
            .filter(entry -> entry.getKey().equals(name) || entry.getKey().startsWith(name + "[")).map(Map.Entry::getValue).toList();
    }

    /** A variable with this value, to write in its place. */
    Optional<String> nameOf(final long value) {
        return values.entrySet().stream().filter(entry -> entry.getValue() == value).map(entry -> "$" + entry.getKey()).findFirst();
    }
}
