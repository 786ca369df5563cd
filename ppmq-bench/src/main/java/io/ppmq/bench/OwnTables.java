package io.ppmq.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** The tables of ppMQ by itself. */
final class OwnTables {
  private final List<JsonNode> results;

  OwnTables(List<JsonNode> results) {
    this.results = results;
  }

  String text() {
    Rows rows = new Rows();
    JsonNode first = results.get(0);
    rows.paragraph(
        "ppMQ %s, %s, on %s."
            .formatted(
                first.path("version").asText(),
                first.path("machine").asText(),
                first.path("at").asText().substring(0, 10)));
    rows.paragraph("As fast as they go:");
    flows(rows);
    rows.gap().paragraph("At a fixed rate, milliseconds from the moment a message was due:");
    rates(rows);
    if (results.stream().anyMatch(result -> isPart(result, "fill"))) {
      rows.gap().paragraph("Queued while no subscriber is there, and then delivered:");
      backlogs(rows);
    }
    return rows.text();
  }

  private static boolean isPart(JsonNode result, String part) {
    return result.path("part").asText().equals(part);
  }

  private Set<String> names() {
    return results.stream()
        .map(result -> result.path("name").asText())
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  private List<JsonNode> of(String name, String part) {
    return results.stream()
        .filter(result -> isPart(result, part) && result.path("name").asText().equals(name))
        .toList();
  }

  private static double median(List<JsonNode> rounds, String field) {
    return Rows.median(rounds, round -> round.at("/" + field).asDouble(Double.NaN));
  }

  private void flows(Rows rows) {
    rows.header(
        "run",
        "messages/s",
        "broker CPU µs",
        "producer CPU µs",
        "subscriber CPU µs",
        "RSS MiB",
        "of it private",
        "written / payload",
        "disk MiB");
    for (String name : names()) {
      List<JsonNode> rounds = of(name, "flow");
      if (!rounds.isEmpty()) {
        rows.row(
            name,
            Rows.whole(median(rounds, "messagesPerSecond")),
            Rows.number(median(rounds, "brokerCpuMicros")),
            Rows.number(median(rounds, "producerCpuMicros")),
            Rows.number(median(rounds, "subscriberCpuMicros")),
            Rows.mebibytes(median(rounds, "rssBytes")),
            Rows.mebibytes(median(rounds, "rssPrivateBytes")),
            Rows.number(median(rounds, "writeAmplification")),
            Rows.mebibytes(median(rounds, "diskBytes")));
      }
    }
  }

  private void rates(Rows rows) {
    rows.header(
        "run",
        "rate",
        "broker CPU µs",
        "confirm p50",
        "p99",
        "p99.9",
        "delivery p50",
        "p99",
        "p99.9");
    for (String name : names()) {
      Set<Double> rates =
          of(name, "rate").stream()
              .map(result -> result.path("rate").asDouble())
              .collect(Collectors.toCollection(LinkedHashSet::new));
      for (double rate : rates) {
        List<JsonNode> rounds =
            of(name, "rate").stream()
                .filter(result -> result.path("rate").asDouble() == rate)
                .toList();
        rows.row(
            name,
            Rows.whole(rate),
            Rows.number(median(rounds, "brokerCpuMicros")),
            Rows.number(median(rounds, "confirmMillis/p50")),
            Rows.number(median(rounds, "confirmMillis/p99")),
            Rows.number(median(rounds, "confirmMillis/p99.9")),
            Rows.number(median(rounds, "deliveryMillis/p50")),
            Rows.number(median(rounds, "deliveryMillis/p99")),
            Rows.number(median(rounds, "deliveryMillis/p99.9")));
      }
    }
  }

  private void backlogs(Rows rows) {
    rows.header("run", "messages", "messages/s", "broker CPU µs", "RSS MiB", "private", "disk MiB");
    for (String name : names()) {
      for (String part : List.of("fill", "drain")) {
        List<JsonNode> rounds = of(name, part);
        if (!rounds.isEmpty()) {
          rows.row(
              name + (part.equals("fill") ? ": published" : ": delivered"),
              Rows.whole(median(rounds, "messages")),
              Rows.whole(median(rounds, "messagesPerSecond")),
              Rows.number(median(rounds, "brokerCpuMicros")),
              Rows.mebibytes(median(rounds, "rssBytes")),
              Rows.mebibytes(median(rounds, "rssPrivateBytes")),
              Rows.mebibytes(median(rounds, "diskBytes")));
        }
      }
    }
  }
}
