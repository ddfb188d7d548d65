package io.sallyport.config;

import java.util.ArrayList;
import java.util.List;

/** The checks behind {@link GatewayConfig#problems}. */
final class ConfigChecks {

    private final List<ConfigProblem> problems = new ArrayList<>();

    private ConfigChecks() {
    }

    static List<ConfigProblem> of(final GatewayConfig config) {
        final ConfigChecks checks = new ConfigChecks();
        if (!config.name().matches("[A-Za-z0-9][A-Za-z0-9._-]{0,63}")) {
            checks.add("name", "\"" + config.name() + "\" is not a name of letters, digits, '.', '_' and '-'");
        }
        return List.copyOf(checks.problems);
    }

    private void add(final String key, final String message) {
        problems.add(new ConfigProblem(key, message));
    }
}
