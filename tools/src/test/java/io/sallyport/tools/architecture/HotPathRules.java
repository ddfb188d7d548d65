package io.sallyport.tools.architecture;

import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.MonitorInstruction;
import java.lang.classfile.instruction.NewMultiArrayInstruction;
import java.lang.classfile.instruction.NewObjectInstruction;
import java.lang.classfile.instruction.NewPrimitiveArrayInstruction;
import java.lang.classfile.instruction.NewReferenceArrayInstruction;
import java.lang.classfile.instruction.ThrowInstruction;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What no code may do that a packet can reach: allocate, take a lock, throw, read a clock, log or format. The methods are found by
 * following the calls from the stages' duty cycles. Calls through an interface are not followed: what is behind one is a root of its own.
 */
final class HotPathRules {

    private static final Set<String> BOXES = Set.of("java.lang.Byte", "java.lang.Short", "java.lang.Integer", "java.lang.Long",
        "java.lang.Character", "java.lang.Boolean", "java.lang.Float", "java.lang.Double");
    private static final Set<String> NEVER_CALLED = Set.of("java.lang.String", "java.lang.System$Logger", "java.io.PrintStream",
        "java.util.concurrent.locks.LockSupport");

    private final Map<String, MethodModel> methods = new HashMap<>();
    private final Map<String, String> parents = new HashMap<>();
    private final Set<String> breaches = new TreeSet<>();
    private final Set<String> visited = new HashSet<>();

    private HotPathRules(final Collection<CompiledClass> classes) {
        for (final CompiledClass type : classes) {
            final ClassModel model = type.model();
            model.superclass().ifPresent(parent -> parents.put(type.name(), CompiledClass.nameOf(parent.asSymbol())));
            model.methods().forEach(method -> methods.put(type.name() + "." + signature(method), method));
        }
    }

    /**
     * The breaches in all that can be reached.
     *
     * @param roots   the methods to begin with, written {@code package.Class.method}
     * @param trusted classes that are not looked into
     */
    static List<String> check(final Collection<CompiledClass> classes, final List<String> roots, final Set<String> trusted) {
        final HotPathRules rules = new HotPathRules(classes.stream().filter(type -> !trusted.contains(type.name())).toList());
        for (final String root : roots) {
            final List<String> found = rules.methods.keySet().stream().filter(key -> key.startsWith(root + "(")).toList();
            if (found.isEmpty()) {
                rules.breaches.add("there is no " + root);
            }
            found.forEach(rules::follow);
        }
        return List.copyOf(rules.breaches);
    }

    /** How many methods can be reached. */
    static int reachable(final Collection<CompiledClass> classes, final List<String> roots) {
        final HotPathRules rules = new HotPathRules(classes);
        rules.methods.keySet().stream().filter(key -> roots.contains(key.substring(0, key.indexOf('(')))).toList().forEach(rules::follow);
        return rules.visited.size();
    }

    private void follow(final String root) {
        final Deque<String> open = new ArrayDeque<>(List.of(root));
        while (!open.isEmpty()) {
            final String name = open.pop();
            final Optional<CodeModel> code = Optional.ofNullable(methods.get(name)).flatMap(MethodModel::code);
            if (code.isPresent() && visited.add(name)) {
                for (final CodeElement element : code.get()) {
                    breach(element).ifPresent(what -> breaches.add(name + " " + what));
                    if (element instanceof final InvokeInstruction call) {
                        final String owner = CompiledClass.nameOf(call.owner().asSymbol());
                        open.push(resolve(owner, call.name().stringValue() + call.type().stringValue()));
                    }
                }
            }
        }
    }

    /** The method that a call means, in the named class or the nearest one above it. */
    private String resolve(final String owner, final String signature) {
        for (String type = owner; type != null; type = parents.get(type)) {
            if (methods.containsKey(type + "." + signature)) {
                return type + "." + signature;
            }
        }
        return owner + "." + signature;
    }

    private static Optional<String> breach(final CodeElement element) {
        return switch (element) {
            case NewObjectInstruction made -> Optional.of("makes a " + CompiledClass.nameOf(made.className().asSymbol()));
            case NewPrimitiveArrayInstruction made -> Optional.of("makes an array");
            case NewReferenceArrayInstruction made -> Optional.of("makes an array");
            case NewMultiArrayInstruction made -> Optional.of("makes an array");
            case InvokeDynamicInstruction made -> Optional.of("makes a lambda or joins strings");
            case MonitorInstruction lock -> Optional.of("takes a lock");
            case ThrowInstruction thrown -> Optional.of("throws");
            case InvokeInstruction call -> breach(CompiledClass.nameOf(call.owner().asSymbol()), call.name().stringValue());
            default -> Optional.empty();
        };
    }

    private static Optional<String> breach(final String owner, final String method) {
        if (BOXES.contains(owner) && method.equals("valueOf")) {
            return Optional.of("boxes a " + owner);
        }
        if (owner.equals("java.lang.System") && (method.equals("nanoTime") || method.equals("currentTimeMillis"))) {
            return Optional.of("reads a clock");
        }
        if (method.equals("iterator") && owner.startsWith("java.util.")) {
            return Optional.of("makes an iterator");
        }
        if (method.equals("clone") || NEVER_CALLED.contains(owner) || owner.startsWith("java.util.stream.")) {
            return Optional.of("calls " + owner + "." + method);
        }
        return Optional.empty();
    }

    private static String signature(final MethodModel method) {
        return method.methodName().stringValue() + method.methodType().stringValue();
    }
}
