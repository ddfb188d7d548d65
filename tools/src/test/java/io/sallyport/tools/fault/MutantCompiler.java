package io.sallyport.tools.fault;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** Compiles the engine with a fault into a directory that goes in front of its classes; sources and classes stay as they are. */
final class MutantCompiler {

    private final JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    private final Path root;
    private final String classPath;
    private final Path overlay;

    /**
     * Compiles into a directory.
     *
     * @param root      of the project
     * @param classPath of the engine, with its own classes
     * @param overlay   the directory, which is emptied for each fault
     */
    MutantCompiler(final Path root, final String classPath, final Path overlay) {
        this.root = root;
        this.classPath = classPath;
        this.overlay = overlay;
    }

    /** Compiles the class that has the fault, or all classes if they may have copies of what it changes. */
    void compile(final Fault fault) throws IOException, FaultException {
        clear();
        final Path source = FaultList.source(root, fault);
        final JavaFileObject faulty = new FaultySource(source.toUri(), fault.applyTo(Files.readString(source)));
        final StringWriter messages = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            final List<JavaFileObject> units = new ArrayList<>(List.of(faulty));
            if (fault.changesConstant()) {
                files.getJavaFileObjectsFromPaths(otherSources(source)).forEach(units::add);
            }
            final List<String> options =
                List.of("-proc:none", "-nowarn", "-g", "-implicit:none", "-cp", classPath, "-d", overlay.toString());
            if (!compiler.getTask(messages, files, null, options, null, units).call()) {
                throw new FaultException(fault.id() + " does not compile: " + messages.toString().lines().findFirst().orElse(""));
            }
        }
    }

    private List<Path> otherSources(final Path source) throws IOException {
        try (Stream<Path> sources = Files.walk(root.resolve("nat-core/src/main/java"))) {
            return sources.filter(file -> file.toString().endsWith(".java") && !file.equals(source)
                && !file.endsWith("package-info.java")).toList();
        }
    }

    private void clear() throws IOException {
        if (Files.exists(overlay)) {
            try (Stream<Path> old = Files.walk(overlay)) {
                for (final Path path : old.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
        Files.createDirectories(overlay);
    }

    private static final class FaultySource extends SimpleJavaFileObject {

        private final String text;

        FaultySource(final URI uri, final String text) {
            super(uri, Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(final boolean ignoreEncodingErrors) {
            return text;
        }
    }
}
