package io.ppmq.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** What benchmarks have left, to be asked for some of it and for medians. */
record Results(List<JsonNode> all) {
  /** Those with this value in a field. */
  Results where(String field, String value) {
    return new Results(
        all.stream().filter(result -> result.path(field).asText().equals(value)).toList());
  }

  /** The values that a field has, each once, in the order they came. */
  Set<String> values(String field) {
    return all.stream()
        .map(result -> result.path(field).asText())
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  boolean isEmpty() {
    return all.isEmpty();
  }

  /** A field of the first of them. */
  String first(String field) {
    return all.get(0).path(field).asText();
  }

  /** On which day the first was found. */
  String day() {
    return first("at").substring(0, 10);
  }

  /**
   * The median of a number; NaN of none.
   *
   * @param path the name of the field, or of fields within one another with a slash between
   */
  double median(String path) {
    List<Double> sorted = new ArrayList<>();
    all.forEach(result -> sorted.add(result.at("/" + path).asDouble(Double.NaN)));
    sorted.sort(Double::compare);
    int size = sorted.size();
    if (size == 0) {
      return Double.NaN;
    }
    return (sorted.get((size - 1) / 2) + sorted.get(size / 2)) / 2;
  }
}
