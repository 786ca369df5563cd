package io.ppmq.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The tables of ppMQ beside other brokers. */
final class ComparedTables {
  private static final String OURS = "ppMQ";

  private final List<JsonNode> results;

  ComparedTables(List<JsonNode> results) {
    this.results = results;
  }

  String text() {
    Rows rows = new Rows();
    JsonNode first = results.get(0);
    rows.paragraph(
        "%s, on %s, medians of %d rounds."
            .formatted(
                first.path("machine").asText(),
                first.path("at").asText().substring(0, 10),
                results.stream().mapToInt(result -> result.path("round").asInt()).max().orElse(0)));
    for (String durability : values(results, "durability")) {
      List<JsonNode> ofClass =
          results.stream()
              .filter(result -> result.path("durability").asText().equals(durability))
              .toList();
      rows.paragraph("**" + durability + "**");
      flows(rows, ofClass);
      rows.gap();
    }
    rows.paragraph("**Memory**, MiB of RSS:");
    memory(rows);
    rows.gap().paragraph("Versions and settings:");
    settings(rows);
    return rows.text();
  }

  private static Set<String> values(List<JsonNode> results, String field) {
    return results.stream()
        .map(result -> result.path(field).asText())
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  private static List<JsonNode> of(List<JsonNode> results, String peer, String part) {
    return results.stream()
        .filter(
            result ->
                result.path("peer").asText().equals(peer)
                    && result.path("part").asText().equals(part))
        .toList();
  }

  private static double median(List<JsonNode> rounds, String field) {
    return Rows.median(rounds, round -> round.at("/" + field).asDouble(Double.NaN));
  }

  private void flows(Rows rows, List<JsonNode> ofClass) {
    double rate = median(of(ofClass, OURS, "rate"), "rate");
    String atRate = Rows.whole(rate) + "/s: ";
    rows.header(
        "broker",
        "messages/s",
        "ppMQ is",
        "broker CPU µs",
        "ppMQ takes",
        "client CPU µs",
        "written / payload",
        atRate + "confirm p50 ms",
        "p99",
        "delivery p50 ms",
        "p99");
    double ourSpeed = median(of(ofClass, OURS, "flow"), "messagesPerSecond");
    double ourCpu = median(of(ofClass, OURS, "flow"), "brokerCpuMicros");
    for (String peer : values(ofClass, "peer")) {
      List<JsonNode> flow = of(ofClass, peer, "flow");
      List<JsonNode> steady = of(ofClass, peer, "rate");
      double speed = median(flow, "messagesPerSecond");
      double cpu = median(flow, "brokerCpuMicros");
      double clients = median(flow, "producerCpuMicros") + median(flow, "subscriberCpuMicros");
      if (!flow.isEmpty()) {
        rows.row(
            peer,
            Rows.whole(speed),
            Rows.times(ourSpeed, speed),
            Rows.number(cpu),
            Rows.times(ourCpu, cpu),
            Rows.number(clients),
            Rows.number(median(flow, "writeAmplification")),
            Rows.number(median(steady, "confirmMillis/p50")),
            Rows.number(median(steady, "confirmMillis/p99")),
            Rows.number(median(steady, "deliveryMillis/p50")),
            Rows.number(median(steady, "deliveryMillis/p99")));
      }
    }
  }

  private void memory(Rows rows) {
    rows.header(
        "broker", "idle", "queued", "with them", "disk MiB", "published/s", "delivered/s after");
    for (String peer : values(results, "peer")) {
      List<JsonNode> fill = of(results, peer, "fill");
      if (!fill.isEmpty()) {
        rows.row(
            peer,
            Rows.mebibytes(median(of(results, peer, "idle"), "rssBytes")),
            Rows.whole(median(fill, "messages")),
            Rows.mebibytes(median(fill, "rssBytes")),
            Rows.mebibytes(median(fill, "diskBytes")),
            Rows.whole(median(fill, "messagesPerSecond")),
            Rows.whole(median(of(results, peer, "drain"), "messagesPerSecond")));
      }
    }
  }

  private void settings(Rows rows) {
    Map<String, Set<String>> settings = new LinkedHashMap<>();
    for (JsonNode result : results) {
      settings
          .computeIfAbsent(
              result.path("peer").asText() + " " + result.path("version").asText(),
              peer -> new LinkedHashSet<>())
          .add(result.path("settings").asText());
    }
    settings.forEach((peer, all) -> rows.line("- " + peer + ": " + String.join("; ", all)));
  }
}
