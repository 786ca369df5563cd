package io.ppmq.wire;

/** Compares field names without regard to ASCII case, and without making strings. */
final class Names {
  private static final int LOWER_CASE = 0x20;

  private Names() {}

  /**
   * Whether {@code name} is {@code letters} in any case.
   *
   * @param letters lower-case ASCII letters and nothing else
   */
  static boolean match(String name, String letters) {
    if (name.length() != letters.length()) {
      return false;
    }
    for (int i = 0; i < letters.length(); i++) {
      if ((name.charAt(i) | LOWER_CASE) != letters.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** The same for a name in {@code array}. */
  static boolean match(byte[] array, int from, int to, String letters) {
    if (to - from != letters.length()) {
      return false;
    }
    for (int i = 0; i < letters.length(); i++) {
      if ((array[from + i] | LOWER_CASE) != letters.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
