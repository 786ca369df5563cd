package io.ppmq.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The settings of a worker, as words {@code name=value}.
 *
 * @param values the values by name, in the given order
 */
public record Settings(Map<String, String> values) {
  /** Copies the map. */
  public Settings {
    values = new LinkedHashMap<>(values);
  }

  /** Reads words; skips those without {@code =}. */
  static Settings of(List<String> words) {
    Map<String, String> values = new LinkedHashMap<>();
    for (String word : words) {
      int at = word.indexOf('=');
      if (at > 0) {
        values.put(word.substring(0, at), word.substring(at + 1));
      }
    }
    return new Settings(values);
  }

  List<String> words() {
    List<String> words = new ArrayList<>();
    values.forEach((name, value) -> words.add(name + "=" + value));
    return words;
  }

  /** These settings with another value. */
  public Settings with(String name, Object value) {
    Map<String, String> more = new LinkedHashMap<>(values);
    more.put(name, value.toString());
    return new Settings(more);
  }

  /**
   * A required value.
   *
   * @throws IllegalArgumentException if it is missing
   */
  public String text(String name) {
    String value = values.get(name);
    if (value == null) {
      throw new IllegalArgumentException("no setting " + name);
    }
    return value;
  }

  /** A required number. */
  public int number(String name) {
    return Integer.parseInt(text(name));
  }
}
