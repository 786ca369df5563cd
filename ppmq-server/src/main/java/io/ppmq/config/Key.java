package io.ppmq.config;

import static java.util.Objects.requireNonNull;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A key of the configuration file.
 *
 * @param name its name in the file
 * @param change how a change of it takes effect
 * @param reading reads the value, or its substitute if it is absent or wrong
 * @param help for the manual and the guide
 */
record Key<T>(String name, Change change, Reading<T> reading, String help) {
  /** How a change takes effect. */
  enum Change {
    LIVE,
    RESTART
  }

  /** Reads a value from a mapping of the file, and notes its errors. */
  @FunctionalInterface
  interface Reading<T> {
    @Nullable T of(Section section, String key);
  }

  /** The value; its substitute if it is absent or wrong. */
  T in(Section section) {
    return requireNonNull(reading.of(section, name), name);
  }

  /** The value of a key without a substitute; null if it is absent or wrong. */
  @Nullable T find(Section section) {
    return reading.of(section, name);
  }

  boolean isLive() {
    return change == Change.LIVE;
  }

  // ---- how values are read --------------------------------------------------------------------

  /** Required text; null if it is absent or wrong. */
  static <T> Reading<T> required(Function<String, T> parser) {
    return (section, key) -> section.required(key, parser);
  }

  /** Text; null when it is absent or wrong. */
  static <T> Reading<T> text(Function<String, T> parser) {
    return (section, key) -> section.optional(key, parser);
  }

  static <T> Reading<T> text(Function<String, T> parser, T fallback) {
    return (section, key) -> {
      T value = section.optional(key, parser);
      return value == null ? fallback : value;
    };
  }

  static Reading<Integer> count(int max, int fallback) {
    return (section, key) -> section.count(key, max, fallback);
  }

  static Reading<Integer> bytes(int fallback) {
    return (section, key) -> section.bytes(key, fallback);
  }

  /** A number from 0 on; 0 when it is absent. */
  static Reading<Long> number(boolean bytes) {
    return (section, key) -> section.number(key, bytes);
  }

  static Reading<Void> ignoredNumber() {
    return (section, key) -> {
      section.ignoredNumber(key);
      return null;
    };
  }
}
