package io.sallyport.twin;

import java.util.List;
import java.util.Set;

/** Thrown where a packet ends. */
final class Dropped extends RuntimeException {

    private static final long serialVersionUID = 1;

    /** Labels of the drop counter, one of them; empty for any. */
    private final transient Set<String> reasons;
    /** What its sender is told. */
    private final transient List<Out> answers;

    Dropped(final Set<String> reasons, final List<Out> answers) {
        super(reasons.toString(), null, false, false);
        this.reasons = reasons;
        this.answers = answers;
    }

    Dropped(final String... reasons) {
        this(Set.of(reasons), List.of());
    }

    Set<String> reasons() {
        return reasons;
    }

    List<Out> answers() {
        return answers;
    }
}
