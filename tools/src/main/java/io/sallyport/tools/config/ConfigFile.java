package io.sallyport.tools.config;

import io.sallyport.config.GatewayConfig;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Reads configuration files. A file is used whole or refused whole, with every problem that it has. It may come from anyone: its
 * length, its depth and its aliases are bounded before anything is made of it.
 */
public final class ConfigFile {

    /** Longest file that is read, in bytes. */
    static final int LONGEST_LENGTH = 1 << 20;
    /** Deepest nesting that is read; a valid file has five levels. */
    static final int DEEPEST_NESTING = 16;

    private ConfigFile() {
    }

    /**
     * Reads a configuration.
     *
     * @throws ConfigFileException with one line per problem, {@code edge.yaml:14: nat.ports: …}
     */
    public static GatewayConfig load(final Path file) throws ConfigFileException {
        return parse(file.toString(), decode(file.toString(), readBytes(file)));
    }

    /**
     * Reads a configuration from text.
     *
     * @param fileName what the problems call the text
     * @throws ConfigFileException with one line per problem
     */
    public static GatewayConfig parse(final String fileName, final String text) throws ConfigFileException {
        final Problems problems = new Problems();
        final Optional<GatewayConfig> config = read(fileName, text, problems);
        config.ifPresent(read -> problems.addAll(read.problems()));
        return accepted(fileName, config, problems);
    }

    /** What the text says, whether or not a gateway can do it: without {@link GatewayConfig#problems}. */
    static GatewayConfig parseUnchecked(final String fileName, final String text) throws ConfigFileException {
        final Problems problems = new Problems();
        return accepted(fileName, read(fileName, text, problems), problems);
    }

    private static GatewayConfig accepted(final String fileName, final Optional<GatewayConfig> config, final Problems problems)
        throws ConfigFileException {
        if (config.isEmpty() || !problems.isEmpty()) {
            throw new ConfigFileException(problems.lines(fileName));
        }
        return config.get();
    }

    private static Optional<GatewayConfig> read(final String fileName, final String text, final Problems problems)
        throws ConfigFileException {
        try {
            final LoadSettings settings = LoadSettings.builder().setLabel(fileName).setCodePointLimit(LONGEST_LENGTH).build();
            checkNesting(fileName, settings, text);
            return GatewayReader.read(new Compose(settings).composeString(text).orElse(null), problems);
        } catch (final MarkedYamlEngineException malformed) {
            final int line = malformed.getProblemMark().or(malformed::getContextMark).map(Mark::getLine).orElse(0) + 1;
            throw refused(fileName, line, "not valid YAML: " + oneLine(malformed.getProblem()));
        } catch (final ReaderException unprintable) {
            throw refused(fileName, lineAt(text, unprintable.getPosition()),
                "holds the character U+%04X, which YAML does not allow".formatted(unprintable.getCodePoint()));
        } catch (final YamlEngineException malformed) {
            throw refused(fileName, 1, "not valid YAML: " + oneLine(malformed.getMessage()));
        }
    }

    private static byte[] readBytes(final Path file) throws ConfigFileException {
        if (Files.isDirectory(file)) {
            throw new ConfigFileException(List.of(file + ": is a directory"));
        }
        try (InputStream in = Files.newInputStream(file)) {
            final byte[] bytes = in.readNBytes(LONGEST_LENGTH + 1);
            if (bytes.length > LONGEST_LENGTH) {
                throw new ConfigFileException(List.of(file + ": is longer than " + LONGEST_LENGTH + " bytes, which no configuration is"));
            }
            return bytes;
        } catch (final NoSuchFileException missing) {
            throw new ConfigFileException(List.of(file + ": no such file"));
        } catch (final AccessDeniedException denied) {
            throw new ConfigFileException(List.of(file + ": no permission to read it"));
        } catch (final IOException unreadable) {
            throw new ConfigFileException(List.of(file + ": cannot be read: " + oneLine(unreadable.getMessage())));
        }
    }

    private static String decode(final String fileName, final byte[] bytes) throws ConfigFileException {
        final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT).onUnmappableCharacter(CodingErrorAction.REPORT);
        final ByteBuffer in = ByteBuffer.wrap(bytes);
        final CharBuffer out = CharBuffer.allocate(bytes.length);
        if (decoder.decode(in, out, true).isError()) {
            int line = 1;
            for (int i = 0; i < in.position(); i++) {
                line += bytes[i] == '\n' ? 1 : 0;
            }
            throw refused(fileName, line, "is not UTF-8 text");
        }
        final String text = out.flip().toString();
        return text.startsWith("\uFEFF") ? text.substring(1) : text;
    }

    /** Composing nodes recurses, so the depth is checked on the events, which do not. */
    private static void checkNesting(final String fileName, final LoadSettings settings, final String text) throws ConfigFileException {
        int depth = 0;
        for (final Event event : new Parse(settings).parseString(text)) {
            if (event instanceof CollectionStartEvent) {
                depth++;
            } else if (event instanceof CollectionEndEvent) {
                depth--;
            }
            if (depth > DEEPEST_NESTING) {
                throw refused(fileName, event.getStartMark().map(Mark::getLine).orElse(0) + 1,
                    "is nested deeper than " + DEEPEST_NESTING + " levels");
            }
        }
    }

    private static ConfigFileException refused(final String fileName, final int line, final String message) {
        return new ConfigFileException(List.of(fileName + ":" + line + ": " + message));
    }

    private static int lineAt(final String text, final int codePointIndex) {
        return 1 + (int) text.codePoints().limit(codePointIndex).filter(c -> c == '\n').count();
    }

    private static String oneLine(final String message) {
        return String.valueOf(message).replaceAll("\\s+", " ");
    }
}
