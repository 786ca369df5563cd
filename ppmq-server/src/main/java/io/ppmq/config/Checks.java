package io.ppmq.config;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.jspecify.annotations.Nullable;

/** The rules for every name and number, from a file or from a caller. */
final class Checks {
  static final int NAME_BYTES_MAX = 255;

  private Checks() {}

  /** Why {@code name} cannot name a topic or subscriber; follows the name in a sentence. */
  static @Nullable String faultOfName(String name) {
    if (name.isEmpty()) {
      return "is empty";
    }
    if (name.codePoints().anyMatch(Character::isISOControl)) {
      return "holds a control character";
    }
    if (!UTF_8.newEncoder().canEncode(name)) {
      return "cannot be written in UTF-8";
    }
    int bytes = name.getBytes(UTF_8).length;
    return bytes > NAME_BYTES_MAX
        ? "is " + bytes + " bytes long, " + NAME_BYTES_MAX + " at most are served"
        : null;
  }

  static void name(String name) {
    String fault = faultOfName(name);
    if (fault != null) {
      throw new IllegalArgumentException("name " + Quoted.of(name) + " " + fault);
    }
  }

  static void range(String what, int value, int min, int max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          what + " " + value + " is not between " + min + " and " + max);
    }
  }

  static void isTrue(boolean condition, String fault, String name) {
    if (!condition) {
      throw new IllegalArgumentException(fault + ": " + Quoted.of(name));
    }
  }
}
