package io.ppmq.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a worker is told, as words {@code name=value}.
 *
 * @param values by name, in the order they were given
 */
public record Settings(Map<String, String> values) {
  /** Keeps a map of its own. */
  public Settings {
    values = new LinkedHashMap<>(values);
  }

  /** Reads words; those without a {@code =} are not for here. */
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

  /** The same and one more. */
  public Settings with(String name, Object value) {
    Map<String, String> more = new LinkedHashMap<>(values);
    more.put(name, value.toString());
    return new Settings(more);
  }

  /**
   * A value that must be there.
   *
   * @throws IllegalArgumentException when it is not
   */
  public String text(String name) {
    String value = values.get(name);
    if (value == null) {
      throw new IllegalArgumentException("no setting " + name);
    }
    return value;
  }

  /** A number that must be there. */
  public int number(String name) {
    return Integer.parseInt(text(name));
  }
}
