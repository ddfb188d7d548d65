package io.sallyport.tools.config;

import java.util.List;

/** A configuration file that cannot be used. */
public final class ConfigFileException extends Exception {

    private static final long serialVersionUID = 1L;

    /** One line per problem; an {@code ArrayList} or immutable list, both of which serialize. */
    @SuppressWarnings("serial")
    private final List<String> lines;

    /** With one line per problem, each naming the file. */
    public ConfigFileException(final List<String> lines) {
        super(String.join("\n", lines));
        this.lines = List.copyOf(lines);
    }

    /** One line per problem, in the order of the file. */
    public List<String> lines() {
        return lines;
    }
}
