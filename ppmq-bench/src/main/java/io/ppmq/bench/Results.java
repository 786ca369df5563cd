package io.ppmq.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** The results of benchmarks, to select from and to compute medians of. */
record Results(List<JsonNode> all) {
  /** The results with this value in a field. */
  Results where(String field, String value) {
    return new Results(
        all.stream().filter(result -> result.path(field).asText().equals(value)).toList());
  }

  /** The distinct values of a field, in order. */
  Set<String> values(String field) {
    return all.stream()
        .map(result -> result.path(field).asText())
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  boolean isEmpty() {
    return all.isEmpty();
  }

  /** A field of the first result. */
  String first(String field) {
    return all.get(0).path(field).asText();
  }

  /** The day of the first result. */
  String day() {
    return first("at").substring(0, 10);
  }

  /**
   * The median of a number; NaN if there are no results.
   *
   * @param path the name of the field, or of nested fields with a slash between
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
