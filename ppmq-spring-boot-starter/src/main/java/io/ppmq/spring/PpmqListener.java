package io.ppmq.spring;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A method that is called for each message of a subscriber. It takes the message as a {@link
 * io.ppmq.client.Delivery}, or its text as a {@link String}. When it returns, the message is
 * acknowledged; when it throws, only this message is nacked, with the exception as the reason, and
 * is delivered again later. It may throw a {@link io.ppmq.client.Nack} to say when.
 *
 * <p>The bean is a singleton; a lazy one receives messages once it is made. Instances of another
 * scope that are made while the application runs receive none.
 *
 * <p>The application is the subscriber: it connects to the broker, which needs no socket of it.
 */
@Documented
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface PpmqListener {
  /**
   * The name of the subscriber, as the broker's configuration has it; placeholders are resolved.
   */
  String subscriber();

  /** Only these topics of the subscriber; all of them when there are none. */
  String[] topics() default {};

  /** How many workers, each a connection with a batch of its own. At least 1. */
  int workers() default 1;

  /** How many messages of a topic a worker handles at once. At least 1. */
  int threads() default 1;

  /** How many messages a batch has at most; 0 for the value in the broker's configuration. */
  int batchSize() default 0;

  /**
   * How long a message waits after the method threw, as a duration such as {@code 30s}. Empty for
   * the default of the broker: 1 s, twice as long after each delivery, at most 5 minutes.
   */
  String retryAfter() default "";
}
