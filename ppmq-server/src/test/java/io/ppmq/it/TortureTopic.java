package io.ppmq.it;

import java.util.ArrayList;
import java.util.List;

/** A topic of the broker under torture. Together the topics have all options. */
record TortureTopic(
    String name,
    boolean dedupe,
    int priorities,
    boolean expires,
    int ackRetryMillis,
    List<String> subscribers) {
  /** Subscriber c is the one that comes and goes. */
  static final String UNSTEADY = "c";

  static final List<String> SUBSCRIBERS = List.of("a", "b", UNSTEADY);

  static final List<TortureTopic> ALL =
      List.of(
          new TortureTopic("plain", false, 3, false, 0, List.of("a", "b")),
          new TortureTopic("single", false, 1, false, 0, List.of("b", "c")),
          new TortureTopic("retried", false, 2, false, 200, List.of("a", "b", "c")),
          new TortureTopic("keyed", true, 3, false, 0, List.of("a", "c")),
          new TortureTopic("rekeyed", true, 2, true, 300, List.of("a", "b")),
          new TortureTopic("brief", false, 2, true, 0, List.of("b", "c")));

  /** Whether a batch without disturbance stays in flight until it is acknowledged. */
  boolean waitsForEver() {
    return ackRetryMillis == 0;
  }

  /** The configuration of a broker with all of them, and the topic of {@link WorkAccount}. */
  static Layout layout(String sync) {
    Layout layout = new Layout().with("Sync: " + sync).with("MinFreeDisk: 1MiB");
    for (TortureTopic topic : ALL) {
      layout.topicFor(topic.subscribers, topic.name, topic.options());
    }
    return layout
        .batch("a", 20)
        .batch("b", 7)
        .batch("c", 50)
        .topicFor(List.of(WorkAccount.SUBSCRIBER), WorkAccount.TOPIC, "Priorities: 2")
        .subscriberWithoutSocket(WorkAccount.SUBSCRIBER)
        .batch(WorkAccount.SUBSCRIBER, 10);
  }

  private String[] options() {
    List<String> options = new ArrayList<>();
    options.add("Dedupe: " + dedupe);
    options.add("Priorities: " + priorities);
    options.add("Expire: " + expires);
    options.add("AckRetry: " + (waitsForEver() ? "0" : ackRetryMillis + "ms"));
    return options.toArray(String[]::new);
  }
}
