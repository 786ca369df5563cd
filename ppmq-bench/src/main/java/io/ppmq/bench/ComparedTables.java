package io.ppmq.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/** The tables of ppMQ beside other brokers. */
final class ComparedTables {
  private static final String OURS = "ppMQ";

  private final Results results;

  ComparedTables(Results results) {
    this.results = results;
  }

  String text() {
    Rows rows = new Rows();
    rows.paragraph(
        "%s, on %s, medians of %d rounds."
            .formatted(results.first("machine"), results.day(), rounds()));
    for (String durability : results.values("durability")) {
      rows.paragraph("**" + durability + "**");
      flows(rows, results.where("durability", durability));
      rows.gap();
    }
    rows.paragraph("**Memory**, MiB of RSS:");
    memory(rows);
    rows.gap().paragraph("Versions and settings:");
    settings(rows);
    return rows.text();
  }

  private int rounds() {
    return results.values("round").stream().mapToInt(Integer::parseInt).max().orElse(0);
  }

  private static Results of(Results results, String peer, String part) {
    return results.where("peer", peer).where("part", part);
  }

  private void flows(Rows rows, Results ofClass) {
    double rate = of(ofClass, OURS, "rate").median("rate");
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
    double ourSpeed = of(ofClass, OURS, "flow").median("messagesPerSecond");
    double ourCpu = of(ofClass, OURS, "flow").median("brokerCpuMicros");
    for (String peer : ofClass.values("peer")) {
      Results flow = of(ofClass, peer, "flow");
      Results steady = of(ofClass, peer, "rate");
      double speed = flow.median("messagesPerSecond");
      double cpu = flow.median("brokerCpuMicros");
      double clients = flow.median("producerCpuMicros") + flow.median("subscriberCpuMicros");
      if (!flow.isEmpty()) {
        rows.row(
            peer,
            Rows.whole(speed),
            Rows.times(ourSpeed, speed),
            Rows.number(cpu),
            Rows.times(ourCpu, cpu),
            Rows.number(clients),
            Rows.number(flow.median("writeAmplification")),
            Rows.number(steady.median("confirmMillis/p50")),
            Rows.number(steady.median("confirmMillis/p99")),
            Rows.number(steady.median("deliveryMillis/p50")),
            Rows.number(steady.median("deliveryMillis/p99")));
      }
    }
  }

  private void memory(Rows rows) {
    rows.header(
        "broker", "idle", "queued", "with them", "disk MiB", "published/s", "delivered/s after");
    for (String peer : results.values("peer")) {
      Results fill = of(results, peer, "fill");
      if (!fill.isEmpty()) {
        rows.row(
            peer,
            Rows.mebibytes(of(results, peer, "idle").median("rssBytes")),
            Rows.whole(fill.median("messages")),
            Rows.mebibytes(fill.median("rssBytes")),
            Rows.mebibytes(fill.median("diskBytes")),
            Rows.whole(fill.median("messagesPerSecond")),
            Rows.whole(of(results, peer, "drain").median("messagesPerSecond")));
      }
    }
  }

  private void settings(Rows rows) {
    Map<String, Set<String>> settings = new LinkedHashMap<>();
    for (JsonNode result : results.all()) {
      settings
          .computeIfAbsent(
              result.path("peer").asText() + " " + result.path("version").asText(),
              peer -> new LinkedHashSet<>())
          .add(result.path("settings").asText());
    }
    settings.forEach((peer, all) -> rows.line("- " + peer + ": " + String.join("; ", all)));
  }
}
