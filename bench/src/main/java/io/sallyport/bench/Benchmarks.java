package io.sallyport.bench;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** Runs JMH with its own command line, and gives the forks the flags that the program has (pom.xml, {@code jvm.flags} and
 * {@code jvm.speedFlags}). */
public final class Benchmarks {

    private Benchmarks() {
    }

    /** Takes JMH's arguments. */
    public static void main(final String[] args) throws IOException, RunnerException, CommandLineOptionException {
        final CommandLineOptions options = new CommandLineOptions(args);
        if (options.shouldHelp()) {
            options.showHelp();
            return;
        }
        final Properties jvm = new Properties();
        try (InputStream properties = Benchmarks.class.getResourceAsStream("/jvm.properties")) {
            jvm.load(properties);
        }
        final Runner runner = new Runner(
            new OptionsBuilder().parent(options).jvmArgsAppend(jvm.getProperty("flags").split(" ")).build());
        if (options.shouldList()) {
            runner.list();
        } else {
            runner.run();
        }
    }
}
