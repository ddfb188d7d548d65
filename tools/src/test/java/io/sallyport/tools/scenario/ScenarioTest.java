package io.sallyport.tools.scenario;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;

/**
 * Runs all scenarios of {@code docs/scenarios}, each case in all its variants.
 *
 * <p>{@code -Dsallyport.scenario=rfc4787_08} runs those whose file name begins so; {@code -Dsallyport.regenerate=true} rewrites what
 * they expect first.
 */
class ScenarioTest {

    /** Where the scenarios lie. */
    static final Path DIRECTORY = Path.of("..", "docs", "scenarios");

    private static final String SUFFIX = ".scenario";
    private static final String ONLY = "sallyport.scenario";

    /** The files, in the order of their names. */
    static List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(DIRECTORY)) {
            return files.filter(file -> file.getFileName().toString().endsWith(SUFFIX)).sorted().toList();
        }
    }

    /** A file, read. */
    static Scenario parse(final Path file) throws IOException {
        return ScenarioParser.parse(file.getFileName().toString(), Files.readString(file));
    }

    @TestFactory
    Stream<DynamicNode> scenarios() throws IOException {
        final String only = System.getProperty(ONLY, "");
        return files().stream().filter(file -> file.getFileName().toString().startsWith(only)).map(ScenarioTest::container);
    }

    private static DynamicNode container(final Path file) {
        final String name = file.getFileName().toString().replace(SUFFIX, "");
        try {
            if (Boolean.getBoolean("sallyport.regenerate")) {
                Files.writeString(file, Regeneration.of(parse(file), Files.readString(file)));
            }
            final Scenario scenario = parse(file);
            final DynamicNode named = dynamicTest(name + ": the file is named after its row",
                () -> assertTrue((name + "_").startsWith(scenario.row() + "_")));
            return dynamicContainer(name, Stream.concat(Stream.of(named), scenario.cases().stream().flatMap(
                scenarioCase -> scenarioCase.variants().stream().map(variant -> dynamicTest(
                    name + ": " + scenarioCase.name() + " (" + variant + ")",
                    () -> ScenarioRunner.run(scenario, scenarioCase, variant))))));
        } catch (final ScenarioException | IOException unreadable) {
            return dynamicTest(name, () -> {
                throw unreadable;
            });
        }
    }
}
