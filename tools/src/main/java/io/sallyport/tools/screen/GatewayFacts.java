package io.sallyport.tools.screen;

import io.sallyport.counter.Fact;
import io.sallyport.counter.GatewayState;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * What a gateway says of itself, and how it is.
 *
 * @param state         what it is doing
 * @param hanging       whether its heart has not beaten for seconds
 * @param pid           its process
 * @param uptimeSeconds how long it has been running
 * @param errorCount    number of distinct errors that it has logged
 * @param facts         what it wrote down when it started
 */
public record GatewayFacts(
    GatewayState state, boolean hanging, long pid, long uptimeSeconds, int errorCount, Map<Fact, String> facts) {

    /** One of the facts, or a question mark. */
    public String get(final Fact fact) {
        return facts.getOrDefault(fact, "?");
    }

    /** One of the facts as a number, or 0. */
    public long number(final Fact fact) {
        final String text = get(fact);
        return text.matches("[0-9]{1,18}") ? Long.parseLong(text) : 0;
    }

    Map<String, Object> toJson() {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("state", state.name().toLowerCase(Locale.ROOT));
        json.put("hanging", hanging);
        json.put("pid", pid);
        json.put("uptimeSeconds", uptimeSeconds);
        json.put("errors", errorCount);
        facts.forEach((fact, text) -> json.put(Json.camelCase(fact.name()), text.matches("[0-9]{1,18}") ? number(fact) : text));
        return json;
    }
}
