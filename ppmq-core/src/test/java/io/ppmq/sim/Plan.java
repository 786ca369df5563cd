package io.ppmq.sim;

import io.ppmq.broker.request.Command;
import io.ppmq.broker.request.ErrorCode;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.broker.request.Submission;
import io.ppmq.broker.settings.BrokerSettings;
import io.ppmq.broker.settings.Rules;
import io.ppmq.broker.settings.SubscriberSettings;
import io.ppmq.broker.settings.SyncPolicy;
import io.ppmq.topic.BatchLimits;
import io.ppmq.topic.TopicLimits;
import io.ppmq.topic.TopicSettings;
import io.ppmq.topic.WhenFull;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** The configuration of a life, drawn at random and changed at random between two brokers. */
final class Plan {
  private static final int TOPICS_MAX = 3;
  private static final int SUBSCRIBERS_MAX = 3;
  private static final long[] MESSAGES = {0, 0, 2, 5, 20};
  private static final long[] BYTES = {0, 0, 0, 60, 400};
  private static final int[] DELIVERIES = {0, 0, 1, 2, 3};
  private static final int[] CONNECTIONS = {0, 1, 1, 2, 3};
  private static final int[] BATCHES = {1, 2, 3, 5, 10};
  private static final long[] ACK_RETRY_MILLIS = {0, 0, 50, 300, 2000};

  private static final long[] ACK_RETRY_MAX_MILLIS = {0, 0, 200, 1000};

  private static final long[] MAX_AGE_MILLIS = {0, 0, 0, 600, 2_500, 60_000};

  private final Random random;
  private final Map<String, TopicSettings> topics = new LinkedHashMap<>();
  private final Map<String, TopicSettings> absent = new LinkedHashMap<>();
  private final Map<String, BatchLimits> subscribers = new LinkedHashMap<>();
  private final Set<String> closed = new LinkedHashSet<>();

  /** The subscribers that are not configured now. */
  private final Set<String> unknown = new LinkedHashSet<>();

  private final Map<String, Integer> connections = new LinkedHashMap<>();
  private final Map<String, Integer> workers = new LinkedHashMap<>();
  private final SyncPolicy sync;
  private final boolean limited;
  private final boolean shared;
  private final boolean keyed;
  private final boolean deadly;
  private final int nackedMax;

  Plan(Random random) {
    this.random = random;
    int draw = random.nextInt(10);
    this.sync =
        draw < 6
            ? SyncPolicy.ALWAYS
            : draw < 8 ? SyncPolicy.every(Duration.ofMillis(100)) : SyncPolicy.NEVER;
    this.deadly = random.nextInt(4) == 0;
    this.limited = deadly || random.nextBoolean();
    this.shared = random.nextBoolean();
    this.keyed = random.nextInt(3) == 0;
    this.nackedMax = random.nextInt(4) == 0 ? 1 + random.nextInt(3) : TopicLimits.NACKED_MAX;
    for (int i = 0; i <= random.nextInt(SUBSCRIBERS_MAX); i++) {
      subscribers.put("s" + i, limits());
      drawWorkers("s" + i);
    }
    for (int i = 0; i <= random.nextInt(TOPICS_MAX) || (deadly && i < 2); i++) {
      topics.put("t" + i, topic("t" + i));
    }
  }

  /** The number of connections to its socket, and of its own connections. */
  private void drawWorkers(String subscriber) {
    int places = shared ? CONNECTIONS[random.nextInt(CONNECTIONS.length)] : 1;
    int own = shared ? random.nextInt(4) : 0;
    connections.put(subscriber, places);
    workers.put(subscriber, places == 0 ? Math.max(1, own) : own);
  }

  /** The allowed number of connections to the socket of each subscriber. */
  Map<String, Integer> connections() {
    return Map.copyOf(connections);
  }

  /** The allowed number of connections to a subscriber's socket. */
  int connections(String subscriber) {
    return connections.getOrDefault(subscriber, 1);
  }

  /** The number of a subscriber's own connections. */
  int workers(String subscriber) {
    return workers.getOrDefault(subscriber, 0);
  }

  private BatchLimits limits() {
    int messages = BATCHES[random.nextInt(BATCHES.length)];
    return new BatchLimits(messages, random.nextInt(4) == 0 ? 60 : 1 << 20);
  }

  private TopicSettings topic(String name) {
    boolean expire = random.nextBoolean();
    return new TopicSettings(
        name,
        someSubscribers(),
        ACK_RETRY_MILLIS[(deadly ? 1 : 0) + random.nextInt(ACK_RETRY_MILLIS.length - 1)],
        keyed || random.nextInt(5) < 2,
        1 + random.nextInt(4),
        expire,
        limited
            ? limits(name)
            : new TopicLimits(0, 0, WhenFull.BLOCK, 0, null, 0, false, nackedMax),
        expire ? MAX_AGE_MILLIS[random.nextInt(MAX_AGE_MILLIS.length)] : 0);
  }

  /** Dead letters go to a later topic, so that there is no circle. */
  private TopicLimits limits(String name) {
    String later = "t" + (1 + (deadly ? 0 : random.nextInt(TOPICS_MAX - 1)));
    WhenFull[] whenFull = WhenFull.values();
    return new TopicLimits(
        MESSAGES[random.nextInt(MESSAGES.length)],
        BYTES[random.nextInt(BYTES.length)],
        whenFull[random.nextInt(whenFull.length)],
        deadly ? 1 + random.nextInt(2) : DELIVERIES[random.nextInt(DELIVERIES.length)],
        later.compareTo(name) > 0 && (deadly || random.nextInt(3) > 0) ? later : null,
        ACK_RETRY_MAX_MILLIS[random.nextInt(ACK_RETRY_MAX_MILLIS.length)],
        false,
        nackedMax);
  }

  private List<String> someSubscribers() {
    List<String> some = new ArrayList<>();
    for (String subscriber : subscribers.keySet()) {
      if (random.nextInt(4) > 0) {
        some.add(subscriber);
      }
    }
    return some;
  }

  /** Changes one setting for the next broker. */
  void change() {
    List<TopicSettings> all = List.copyOf(topics.values());
    if (limited && random.nextInt(4) == 0) {
      String name = all.get(random.nextInt(all.size())).name();
      if (!closed.add(name)) {
        closed.remove(name);
      }
    }
    int draw = random.nextInt(11);
    if (draw == 10) {
      changeWhoIsKnown();
    } else if (draw == 0) {
      String name = subscribers.keySet().iterator().next();
      subscribers.put(name, limits());
      drawWorkers(name);
    } else if (draw == 1 && !absent.isEmpty()) {
      topics.putAll(absent);
      absent.clear();
    } else if (draw == 2 && all.size() > 1) {
      TopicSettings topic = all.get(random.nextInt(all.size()));
      absent.put(topic.name(), topics.remove(topic.name()));
    } else {
      change(all.get(random.nextInt(all.size())), draw);
    }
  }

  private void changeWhoIsKnown() {
    if (unknown.isEmpty()) {
      List<String> all = List.copyOf(subscribers.keySet());
      unknown.add(all.get(random.nextInt(all.size())));
    } else {
      unknown.clear();
    }
  }

  private void change(TopicSettings topic, int draw) {
    TopicSettings other = topic(topic.name());
    topics.put(
        topic.name(),
        new TopicSettings(
            topic.name(),
            draw == 4 || draw == 5 ? other.subscribers() : topic.subscribers(),
            draw == 6 ? other.ackRetryMillis() : topic.ackRetryMillis(),
            draw == 7 ? other.dedupe() : topic.dedupe(),
            draw == 8 ? other.priorities() : topic.priorities(),
            draw == 9 ? other.expire() : topic.expire(),
            draw == 3 ? other.limits() : topic.limits(),
            draw == 9 ? other.maxAgeMillis() : topic.maxAgeMillis()));
  }

  /** Configures every topic and subscriber, so that everything can be delivered. */
  void complete() {
    topics.putAll(absent);
    absent.clear();
    closed.clear();
    unknown.clear();
    topics.replaceAll(
        (name, topic) ->
            new TopicSettings(
                name,
                List.copyOf(subscribers.keySet()),
                topic.ackRetryMillis(),
                topic.dedupe(),
                topic.priorities(),
                topic.expire(),
                topic.limits(),
                topic.maxAgeMillis()));
  }

  /** Whether topics have limits in this life. */
  boolean isLimited() {
    return limited;
  }

  /** Whether unacknowledged messages are redelivered without a request. */
  boolean redelivers() {
    return topics.values().stream().allMatch(topic -> topic.ackRetryMillis() > 0);
  }

  BrokerSettings settings() {
    List<SubscriberSettings> all = new ArrayList<>();
    subscribers()
        .forEach(
            (name, limits) ->
                all.add(new SubscriberSettings(name, limits, false, "", connections(name))));
    return new BrokerSettings(List.copyOf(topics().values()), all, sync, new Closed(closed()));
  }

  /** The topics to which publishing is not allowed. */
  Set<String> closed() {
    return Set.copyOf(closed);
  }

  private record Closed(Set<String> topics) implements Rules {
    @Override
    public void checkRights(Submission submission) throws RefusedException {
      for (Command command : submission.commands()) {
        if (command instanceof Command.Publish publish && topics.contains(publish.topic())) {
          throw new RefusedException(ErrorCode.DENIED, "nobody may publish to it");
        }
      }
    }

    @Override
    public void checkSizes(Submission submission) {}
  }

  /** The topics that are configured now. */
  Map<String, TopicSettings> topics() {
    Map<String, TopicSettings> configured = new LinkedHashMap<>();
    topics.forEach((name, topic) -> configured.put(name, possible(topic)));
    return configured;
  }

  /** A topic names only existing subscribers, and an existing topic for dead letters. */
  private TopicSettings possible(TopicSettings topic) {
    List<String> known = new ArrayList<>(topic.subscribers());
    known.removeAll(unknown);
    return new TopicSettings(
        topic.name(),
        known,
        topic.ackRetryMillis(),
        topic.dedupe(),
        topic.priorities(),
        topic.expire(),
        possible(topic.limits()),
        topic.maxAgeMillis());
  }

  private TopicLimits possible(TopicLimits limits) {
    String deadLetter = limits.deadLetter();
    return new TopicLimits(
        limits.messagesMax(),
        limits.bytesMax(),
        limits.whenFull(),
        limits.deliveriesMax(),
        deadLetter != null && topics.containsKey(deadLetter) ? deadLetter : null,
        limits.ackRetryMaxMillis(),
        false,
        limits.nackedMax());
  }

  Map<String, BatchLimits> subscribers() {
    Map<String, BatchLimits> known = new LinkedHashMap<>(subscribers);
    known.keySet().removeAll(unknown);
    return known;
  }

  SyncPolicy sync() {
    return sync;
  }

  @Override
  public String toString() {
    return "topics %s, closed %s, subscribers %s, connections %s, workers %s, %s"
        .formatted(topics().values(), closed, subscribers(), connections, workers, sync);
  }
}
