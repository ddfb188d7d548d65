package io.sallyport.bench;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * Runs JMH with its own command line, and gives the forks the flags that the program has (pom.xml, {@code jvm.flags},
 * {@code jvm.speedFlags} and {@code jvm.passFlags}), with those of the command line behind them.
 */
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
        final List<String> flags = new ArrayList<>(List.of(jvm.getProperty("flags").split(" ")));
        flags.addAll(options.getJvmArgsAppend().orElse(List.of()));
        final Runner runner = new Runner(new OptionsBuilder().parent(options).jvmArgsAppend(flags.toArray(String[]::new)).build());
        if (options.shouldList()) {
            runner.list();
        } else {
            runner.run();
        }
    }
}
