package io.sallyport.config;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** What a user is told of a component of a configuration record; {@code docs/configuration.md} is made of it. */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Key {

    /** The key in the file; components with the same one share its value. */
    String value();

    /** What may stand there; empty for words and truth values, which are listed, and for sections. */
    String holds() default "";

    /** What it does; whole sentences, Markdown. */
    String text() default "";
}
