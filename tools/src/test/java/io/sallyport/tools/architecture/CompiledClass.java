package io.sallyport.tools.architecture;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.MethodTypeEntry;
import java.lang.classfile.constantpool.NameAndTypeEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What the rules see of a class.
 *
 * @param name       its binary name
 * @param references binary names of all classes that its code, fields and methods mention, itself excepted
 * @param model      its class file; null in tests of the rules
 */
record CompiledClass(String name, Set<String> references, ClassModel model) {

    private static final String ROOT = "io/sallyport";

    /** A class that is made up, to see a rule fail. */
    static CompiledClass madeUp(final String name, final String... references) {
        return new CompiledClass(name, Set.of(references), null);
    }

    /** The package that it is in. */
    String packageName() {
        return packageOf(name);
    }

    /** The class of its source file, for a nested class the one around it. */
    String topLevelName() {
        final int dollar = name.indexOf('$');
        return dollar < 0 ? name : name.substring(0, dollar);
    }

    static String packageOf(final String className) {
        return className.substring(0, Math.max(0, className.lastIndexOf('.')));
    }

    /** All classes of Sallyport's main code on the class path, whether it comes in folders or in jars. */
    static List<CompiledClass> ofAllModules() throws IOException {
        final List<CompiledClass> classes = new ArrayList<>();
        for (final String entry : System.getProperty("java.class.path").split(System.getProperty("path.separator"))) {
            final Path path = Path.of(entry);
            if (Files.isDirectory(path) && !path.endsWith("test-classes")) {
                classes.addAll(under(path.resolve(ROOT)));
            } else if (entry.endsWith(".jar") && Files.isRegularFile(path)) {
                try (FileSystem jar = FileSystems.newFileSystem(URI.create("jar:" + path.toUri()), Map.of())) {
                    classes.addAll(under(jar.getPath(ROOT)));
                }
            }
        }
        return classes;
    }

    static CompiledClass of(final byte[] classFile) {
        final ClassModel model = ClassFile.of().parse(classFile);
        final String name = nameOf(model.thisClass().asSymbol());
        final Set<String> references = new TreeSet<>();
        for (final PoolEntry entry : model.constantPool()) {
            switch (entry) {
                case ClassEntry type -> add(references, type.asSymbol());
                case NameAndTypeEntry member -> addDescriptor(references, member.type().stringValue());
                case MethodTypeEntry type -> addDescriptor(references, type.descriptor().stringValue());
                default -> { }
            }
        }
        model.fields().forEach(field -> addDescriptor(references, field.fieldType().stringValue()));
        model.methods().forEach(method -> addDescriptor(references, method.methodType().stringValue()));
        references.remove(name);
        return new CompiledClass(name, references, model);
    }

    private static List<CompiledClass> under(final Path root) throws IOException {
        if (!Files.isDirectory(root)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(file -> file.toString().endsWith(".class") && !file.endsWith("package-info.class"))
                .map(CompiledClass::read).toList();
        }
    }

    private static CompiledClass read(final Path file) {
        try {
            return of(Files.readAllBytes(file));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void addDescriptor(final Set<String> references, final String descriptor) {
        if (descriptor.startsWith("(")) {
            final MethodTypeDesc type = MethodTypeDesc.ofDescriptor(descriptor);
            add(references, type.returnType());
            type.parameterList().forEach(parameter -> add(references, parameter));
        } else {
            add(references, ClassDesc.ofDescriptor(descriptor));
        }
    }

    private static void add(final Set<String> references, final ClassDesc type) {
        ClassDesc element = type;
        while (element.isArray()) {
            element = element.componentType();
        }
        if (element.isClassOrInterface()) {
            references.add(nameOf(element));
        }
    }

    /** Binary name of a class; the descriptor of an array. */
    static String nameOf(final ClassDesc type) {
        if (type.isArray()) {
            return type.descriptorString();
        }
        final String descriptor = type.descriptorString();
        return descriptor.substring(1, descriptor.length() - 1).replace('/', '.');
    }
}
