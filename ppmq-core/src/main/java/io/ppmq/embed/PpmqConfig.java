package io.ppmq.embed;

import io.ppmq.broker.settings.BrokerSettings;
import io.ppmq.broker.settings.SubscriberSettings;
import io.ppmq.broker.settings.SyncPolicy;
import io.ppmq.topic.BatchLimits;
import io.ppmq.topic.TopicSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The settings of a broker inside a program. Immutable: each method returns another one. */
public final class PpmqConfig {
  private static final Duration ACK_RETRY_DEFAULT = Duration.ofSeconds(30);

  private static final BatchLimits BATCHES =
      new BatchLimits(BatchLimits.MESSAGES_MAX_DEFAULT, 1 << 20);

  private final @Nullable Path directory;
  private final SyncPolicy sync;
  private final List<TopicSettings> topics;

  private PpmqConfig(@Nullable Path directory, SyncPolicy sync, List<TopicSettings> topics) {
    this.directory = directory;
    this.sync = sync;
    this.topics = List.copyOf(topics);
  }

  /**
   * Stores everything in a directory, which is made if it does not exist; synced before a confirm.
   */
  public static PpmqConfig in(Path directory) {
    return new PpmqConfig(directory, SyncPolicy.ALWAYS, List.of());
  }

  /** Stores everything in memory; nothing is left when it is closed. */
  public static PpmqConfig inMemory() {
    return new PpmqConfig(null, SyncPolicy.NEVER, List.of());
  }

  /** Sets when confirmed messages are synced to the disk. */
  public PpmqConfig sync(SyncPolicy sync) {
    return new PpmqConfig(directory, sync, topics);
  }

  /** Adds a topic that these subscribers get; unacknowledged messages come again after 30 s. */
  public PpmqConfig topic(String name, String... subscribers) {
    long ackRetryMillis = ACK_RETRY_DEFAULT.toMillis();
    return topic(new TopicSettings(name, List.of(subscribers), ackRetryMillis, false, 1, false));
  }

  /** Adds a topic. With {@code ackRetryMillis} 0 a handler that never returns keeps its batch. */
  public PpmqConfig topic(TopicSettings topic) {
    List<TopicSettings> all = new ArrayList<>(topics);
    all.add(topic);
    return new PpmqConfig(directory, sync, all);
  }

  @Nullable Path directory() {
    return directory;
  }

  BrokerSettings settings() {
    List<SubscriberSettings> subscribers =
        topics.stream()
            .flatMap(topic -> topic.subscribers().stream())
            .distinct()
            .map(name -> new SubscriberSettings(name, BATCHES))
            .toList();
    return new BrokerSettings(topics, subscribers, sync);
  }
}
