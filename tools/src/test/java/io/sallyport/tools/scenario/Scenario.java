package io.sallyport.tools.scenario;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A file of scenarios: what shows that one row of the check-lists is met.
 *
 * @param file   name of the file, for messages
 * @param row    the row
 * @param proves what is shown, in a sentence
 * @param cases  what happens, once or in several ways
 */
record Scenario(String file, String row, String proves, List<Case> cases) {

    /**
     * One run of packets through a gateway of its own.
     *
     * @param name       what it is about
     * @param line       where it begins
     * @param mappings   values of {@code nat.mapping} that it holds for; empty for the profile's
     * @param filterings values of {@code nat.filtering} that it holds for
     * @param config     configuration keys, by their dotted names, and their values in YAML
     * @param steps      what happens
     */
    record Case(
        String name, int line, List<String> mappings, List<String> filterings, Map<String, String> config, List<Step> steps) {

        /** The configurations that it is to be run in. */
        List<Variant> variants() {
            return filterings.stream().flatMap(filtering -> mappings.isEmpty() ? Stream.of(new Variant("", filtering))
                : mappings.stream().map(mapping -> new Variant(mapping, filtering))).toList();
        }
    }

    /**
     * A combination that a case is run in.
     *
     * @param mapping   value of {@code nat.mapping}, empty for the profile's
     * @param filtering value of {@code nat.filtering}
     */
    record Variant(String mapping, String filtering) {
        @Override
        public String toString() {
            return "mapping " + (mapping.isEmpty() ? "of the profile" : mapping) + ", filtering " + filtering;
        }
    }
}
