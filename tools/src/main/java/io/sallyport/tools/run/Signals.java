package io.sallyport.tools.run;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.function.Consumer;

/**
 * Signals of the operating system. The JDK's own way to them, {@code sun.misc.Signal}, is called by reflection, because the compiler's
 * warning about it cannot be silenced.
 */
public final class Signals {

    private Signals() {
    }

    /**
     * Has a signal call {@code handler} instead of ending the process; on a thread of its own each time.
     *
     * @param name    the signal's name without SIG
     * @param handler receives the name
     * @return false where the JDK or the system does not let that happen
     */
    public static boolean handle(final String name, final Consumer<String> handler) {
        try {
            final Class<?> signalType = Class.forName("sun.misc.Signal");
            final Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
            final Object proxy = Proxy.newProxyInstance(Signals.class.getClassLoader(), new Class<?>[] {handlerType},
                (self, method, arguments) -> invoke(self, method, arguments, name, handler));
            signalType.getMethod("handle", signalType, handlerType)
                .invoke(null, signalType.getConstructor(String.class).newInstance(name), proxy);
            return true;
        } catch (final ReflectiveOperationException unavailable) {
            return false;
        }
    }

    private static Object invoke(
        final Object self, final Method method, final Object[] arguments, final String name, final Consumer<String> handler) {
        return switch (method.getName()) {
            case "handle" -> {
                handler.accept(name);
                yield null;
            }
            case "equals" -> self == arguments[0];
            case "hashCode" -> System.identityHashCode(self);
            default -> "handler of SIG" + name;
        };
    }
}
