package io.ppmq.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.LinkedHashMap;
import java.util.Map;

/** What came out of one part: names and numbers, a line of JSON. */
public final class Result {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Map<String, Object> values = new LinkedHashMap<>();

  /** Of the part of this name. */
  public Result(String part) {
    values.put("part", part);
  }

  /** Notes one more. */
  public void put(String name, Object value) {
    values.put(name, value instanceof Double d ? (Object) rounded(d) : value);
  }

  /** Four digits are more than the clock gives. */
  private static double rounded(double value) {
    return Math.round(value * 1e4) / 1e4;
  }

  /** The line, without its end. */
  public String toJson() {
    try {
      return JSON.writeValueAsString(values);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
