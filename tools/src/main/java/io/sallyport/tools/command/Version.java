package io.sallyport.tools.command;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** The version that Maven wrote into the program. */
public final class Version implements IVersionProvider {

    @Override
    public String[] getVersion() {
        return new String[] {"sallyport " + current()};
    }

    /** The version, like {@code 1.2.0}. */
    public static String current() {
        try (InputStream in = Version.class.getResourceAsStream("version.properties")) {
            final Properties properties = new Properties();
            properties.load(in);
            return properties.getProperty("version");
        } catch (final IOException unreadable) {
            throw new IllegalStateException("the program's own version cannot be read", unreadable);
        }
    }
}
