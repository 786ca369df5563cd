package io.ppmq.bench;

import java.util.List;

/** The tables of ppMQ by itself. */
final class OwnTables {
  private final Results results;

  OwnTables(Results results) {
    this.results = results;
  }

  String text() {
    Rows rows = new Rows();
    rows.paragraph(
        "ppMQ %s, %s, on %s."
            .formatted(results.first("version"), results.first("machine"), results.day()));
    rows.paragraph("At full speed:");
    flows(rows);
    rows.gap().paragraph("At a fixed rate, milliseconds from the moment a message was due:");
    rates(rows);
    if (!results.where("part", "fill").isEmpty()) {
      rows.gap().paragraph("Queued while no subscriber is connected, and then delivered:");
      backlogs(rows);
    }
    return rows.text();
  }

  private Results of(String name, String part) {
    return results.where("name", name).where("part", part);
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
    for (String name : results.values("name")) {
      Results rounds = of(name, "flow");
      if (!rounds.isEmpty()) {
        rows.row(
            name,
            Rows.whole(rounds.median("messagesPerSecond")),
            Rows.number(rounds.median("brokerCpuMicros")),
            Rows.number(rounds.median("producerCpuMicros")),
            Rows.number(rounds.median("subscriberCpuMicros")),
            Rows.mebibytes(rounds.median("rssBytes")),
            Rows.mebibytes(rounds.median("rssPrivateBytes")),
            Rows.number(rounds.median("writeAmplification")),
            Rows.mebibytes(rounds.median("diskBytes")));
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
    for (String name : results.values("name")) {
      Results atRates = of(name, "rate");
      for (String rate : atRates.values("rate")) {
        Results rounds = atRates.where("rate", rate);
        rows.row(
            name,
            Rows.whole(rounds.median("rate")),
            Rows.number(rounds.median("brokerCpuMicros")),
            Rows.number(rounds.median("confirmMillis/p50")),
            Rows.number(rounds.median("confirmMillis/p99")),
            Rows.number(rounds.median("confirmMillis/p99.9")),
            Rows.number(rounds.median("deliveryMillis/p50")),
            Rows.number(rounds.median("deliveryMillis/p99")),
            Rows.number(rounds.median("deliveryMillis/p99.9")));
      }
    }
  }

  private void backlogs(Rows rows) {
    rows.header("run", "messages", "messages/s", "broker CPU µs", "RSS MiB", "private", "disk MiB");
    for (String name : results.values("name")) {
      for (String part : List.of("fill", "drain")) {
        Results rounds = of(name, part);
        if (!rounds.isEmpty()) {
          rows.row(
              name + (part.equals("fill") ? ": published" : ": delivered"),
              Rows.whole(rounds.median("messages")),
              Rows.whole(rounds.median("messagesPerSecond")),
              Rows.number(rounds.median("brokerCpuMicros")),
              Rows.mebibytes(rounds.median("rssBytes")),
              Rows.mebibytes(rounds.median("rssPrivateBytes")),
              Rows.mebibytes(rounds.median("diskBytes")));
        }
      }
    }
  }
}
