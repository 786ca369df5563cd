package io.ppmq.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.LinkedHashMap;
import java.util.Map;

/** The result of a part: names and numbers, as a line of JSON. */
public final class Result {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Map<String, Object> values = new LinkedHashMap<>();

  /** A result of the part with this name. */
  public Result(String part) {
    values.put("part", part);
  }

  /** Adds a value. */
  public void put(String name, Object value) {
    values.put(name, value instanceof Double d ? (Object) rounded(d) : value);
  }

  /** Rounds to four digits, more than the precision of the clock. */
  /** A value that is a number, as it is written. */
  public double number(String name) {
    return values.get(name) instanceof Number number ? number.doubleValue() : Double.NaN;
  }

  private static double rounded(double value) {
    return Math.round(value * 1e4) / 1e4;
  }

  /** The line, without its line feed. */
  public String toJson() {
    try {
      return JSON.writeValueAsString(values);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
