package io.ppmq.bench;

import java.util.Locale;

/** The tables of workers, delays and nacks, of ppMQ and of other brokers. */
final class WorkersTables {
  private static final String OURS = "ppMQ";

  private final Results results;

  WorkersTables(Results results) {
    this.results = results;
  }

  String text() {
    Rows rows = new Rows();
    rows.paragraph("%s, on %s.".formatted(results.first("machine"), results.day()));
    Results flows = results.where("study", "workers");
    if (!flows.isEmpty()) {
      rows.paragraph("**Workers** of one subscriber, batches of 50, acknowledged at once:");
      workers(rows, flows);
      rows.gap();
    }
    Results delays = results.where("study", "delays");
    if (!delays.isEmpty()) {
      rows.paragraph("**Delayed messages**, each with a different due time:");
      delays(rows, delays);
      rows.gap();
    }
    Results nacks = results.where("study", "nacks");
    if (!nacks.isEmpty()) {
      rows.paragraph("**Nacks**: each message is nacked once, delivered again and acknowledged:");
      nacks(rows, nacks);
      rows.gap();
    }
    return rows.text().stripTrailing() + "\n";
  }

  private static void workers(Rows rows, Results flows) {
    rows.header(
        "broker", "workers", "messages/s", "ppMQ is", "broker CPU µs", "ppMQ takes", "RSS MiB");
    for (String peer : flows.values("peer")) {
      for (String count : flows.values("workers")) {
        Results one = flows.where("peer", peer).where("workers", count);
        Results ours = flows.where("peer", OURS).where("workers", count);
        double rate = one.median("messagesPerSecond");
        double cpu = one.median("brokerCpuMicros");
        rows.row(
            peer,
            count,
            Rows.whole(rate),
            Rows.times(ours.median("messagesPerSecond"), rate),
            Rows.number(cpu),
            Rows.times(ours.median("brokerCpuMicros"), cpu),
            Rows.mebibytes(one.median("rssBytes")));
      }
    }
  }

  private static void delays(Rows rows, Results delays) {
    rows.header(
        "broker",
        "messages",
        "published/s",
        "ppMQ is",
        "RSS MiB: idle",
        "with them",
        "start after kill -9, s",
        "delivered/s once due",
        "ppMQ is");
    Results ours = delays.where("peer", OURS);
    for (String peer : delays.values("peer")) {
      Results one = delays.where("peer", peer);
      Results fill = one.where("part", "fill");
      double in = fill.median("messagesPerSecond");
      double out = one.where("part", "drain").median("messagesPerSecond");
      rows.row(
          peer,
          Rows.whole(fill.median("messages")),
          Rows.whole(in),
          Rows.times(ours.where("part", "fill").median("messagesPerSecond"), in),
          Rows.mebibytes(one.where("part", "idle").median("rssBytes")),
          Rows.mebibytes(fill.median("rssBytes")),
          Rows.number(one.where("part", "start").median("startMillis") / 1e3),
          Rows.whole(out),
          Rows.times(ours.where("part", "drain").median("messagesPerSecond"), out));
    }
  }

  private static void nacks(Rows rows, Results nacks) {
    rows.header("broker", "messages", "pause", "done after, ms", "ppMQ is", "broker CPU µs");
    for (String pause : nacks.values("pauseMillis")) {
      Results atPause = nacks.where("pauseMillis", pause);
      double ours = millis(atPause.where("peer", OURS), pause);
      for (String peer : atPause.values("peer")) {
        Results one = atPause.where("peer", peer);
        double millis = millis(one, pause);
        rows.row(
            peer,
            Rows.whole(one.median("messages")),
            String.format(Locale.ROOT, "%.0f s", Double.parseDouble(pause) / 1e3),
            Rows.whole(millis),
            Rows.times(millis, ours),
            Rows.number(one.median("brokerCpuMicros")));
      }
    }
  }

  /** The time from the first delivery to the last processed message, without the pause. */
  private static double millis(Results drains, String pause) {
    double seconds = drains.median("messages") / drains.median("messagesPerSecond");
    return seconds * 1e3 - Double.parseDouble(pause);
  }
}
