package io.ppmq.bench;

/** The tables of clusters with three nodes, of ppMQ and of other brokers. */
final class ClusterTables {
  private final Results results;

  ClusterTables(Results results) {
    this.results = results;
  }

  String text() {
    Rows rows = new Rows();
    rows.paragraph("%s, on %s.".formatted(results.first("machine"), results.day()));
    rows.header(
        "broker",
        "values",
        "messages/s",
        "CPU µs, all nodes",
        "RSS MiB of the largest node",
        "confirm p50 ms",
        "p99",
        "confirmed means");
    Results flows = results.where("part", "flow");
    for (String peer : flows.values("peer")) {
      Results ofPeer = flows.where("peer", peer);
      for (String shape : ofPeer.values("shape")) {
        Results one = ofPeer.where("shape", shape);
        double node = one.median("nodeRssBytesMax");
        rows.row(
            peer,
            shape,
            Rows.whole(one.median("messagesPerSecond")),
            Rows.number(one.median("brokerCpuMicros")),
            Rows.mebibytes(Double.isNaN(node) ? one.median("rssBytes") : node),
            Rows.number(one.median("confirmMillis/p50")),
            Rows.number(one.median("confirmMillis/p99")),
            one.first("durability"));
      }
    }
    Results kills = results.where("part", "failover");
    if (!kills.isEmpty()) {
      rows.gap();
      failovers(rows, kills);
    }
    return rows.text();
  }

  private static void failovers(Rows rows, Results kills) {
    rows.header("broker, its leader killed (kill -9)", "kills", "ms to the next confirm, median");
    for (String peer : kills.values("peer")) {
      Results one = kills.where("peer", peer);
      rows.row(peer, Rows.whole(one.all().size()), Rows.whole(one.median("failoverMillis")));
    }
  }
}
