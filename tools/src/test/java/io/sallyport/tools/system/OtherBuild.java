package io.sallyport.tools.system;

import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A copy of the program that says of itself that it is of another version. */
final class OtherBuild {

    private OtherBuild() {
    }

    /**
     * Makes one.
     *
     * @param directory where it is put
     * @return the words that start it
     */
    static List<String> make(final Path directory, final String version) throws IOException {
        final Path built = Path.of(Program.CLASS_PATH);
        final Path copy = Files.createDirectory(directory.resolve("sallyport-" + version));
        Files.createDirectory(copy.resolve("lib"));
        final Path jar = Files.copy(built, copy.resolve("sallyport.jar"));
        replace(jar, "io/sallyport/tools/command/version.properties", "(?m)^version=.*$", "version=" + version);
        try (Stream<Path> libraries = Files.list(built.resolveSibling("lib"))) {
            for (final Path library : libraries.toList()) {
                final Path copied = Files.copy(library, copy.resolve("lib").resolve(library.getFileName()));
                if (library.getFileName().toString().startsWith("nat-core")) {
                    replace(copied, "META-INF/MANIFEST.MF", "(?m)^Implementation-Version: .*$", "Implementation-Version: " + version);
                }
            }
        }
        final String java = ProcessHandle.current().info().command().orElseThrow();
        return List.of(java, "-Xmx128m", "-XX:MaxDirectMemorySize=64g", "-XX:+UseSerialGC", "-jar", jar.toString());
    }

    private static void replace(final Path jar, final String entry, final String what, final String by) throws IOException {
        try (FileSystem contents = FileSystems.newFileSystem(jar)) {
            final Path file = contents.getPath(entry);
            final String before = Files.readString(file);
            final String after = before.replaceAll(what, by);
            if (after.equals(before)) {
                throw new IOException(entry + " of " + jar + " has no version");
            }
            Files.writeString(file, after);
        }
    }
}
