package io.sallyport.config;

import java.util.ArrayList;
import java.util.List;

/** What the checks have found so far. */
final class Problems {

    private final List<ConfigProblem> found = new ArrayList<>();

    /** Notes a problem; {@code message} is half a sentence. */
    void add(final String key, final String message) {
        found.add(new ConfigProblem(key, message));
    }

    /** Notes a problem unless {@code value} lies from {@code least} to {@code most}. */
    void addUnlessWithin(final String key, final long value, final long least, final long most) {
        if (value < least || value > most) {
            add(key, value + " is not within " + least + "-" + most);
        }
    }

    /** All of them, in the order in which they were found. */
    List<ConfigProblem> list() {
        return List.copyOf(found);
    }
}
