package io.sallyport.config;

/**
 * One thing that is wrong with a configuration.
 *
 * @param key     the key as a user writes it: {@code nat.ports}, {@code inside.routes[0].via}
 * @param message what is wrong, as half a sentence
 */
public record ConfigProblem(String key, String message) {

    @Override
    public String toString() {
        return key + ": " + message;
    }
}
