package io.sallyport.tools.system;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.params.ParameterizedClass;

/** Marks a system test: it runs as root, and is reported as skipped for anyone else. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Tag("system")
@ExtendWith(Privileged.RootCondition.class)
@interface Privileged {

    /** Enabled for root. */
    final class RootCondition implements ExecutionCondition {

        /**
         * A class that runs once for each variant stays enabled, and its methods are disabled one by one: if it were disabled as a
         * whole, reports would not count it.
         */
        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(final ExtensionContext context) {
            final boolean isTemplate = context.getTestMethod().isEmpty()
                && context.getRequiredTestClass().isAnnotationPresent(ParameterizedClass.class);
            return Program.isRoot() || isTemplate ? ConditionEvaluationResult.enabled("root")
                : ConditionEvaluationResult.disabled("needs root: it makes network namespaces");
        }
    }
}
