package io.ppmq.server;

import io.ppmq.broker.settings.BrokerSettings;
import io.ppmq.broker.settings.SubscriberSettings;
import io.ppmq.broker.settings.SyncPolicy;
import io.ppmq.config.Config;
import io.ppmq.config.LimitsConfig;
import io.ppmq.config.Sync;
import io.ppmq.config.TopicConfig;
import io.ppmq.topic.BatchLimits;
import io.ppmq.topic.TopicLimits;
import io.ppmq.topic.TopicSettings;
import io.ppmq.wire.Limits;
import java.time.Duration;

/** Translates a configuration into the settings of the broker and the limits of its connections. */
final class Settings {
  private Settings() {}

  /** The limits of a value's size. */
  static Limits limits(Config config) {
    return new Limits(config.maxMessageBytes(), config.maxValueBytes());
  }

  /**
   * The part of a configuration that the broker itself needs.
   *
   * @param connectionsMax the most connections to a socket that the limit of open files allows
   */
  static BrokerSettings settings(Config config, int connectionsMax) {
    return new BrokerSettings(
        config.topics().stream().map(Settings::settings).toList(),
        config.subscribers().stream()
            .map(
                subscriber ->
                    new SubscriberSettings(
                        subscriber.name(),
                        new BatchLimits(subscriber.batchSize(), config.maxBatchBytes()),
                        subscriber.redeliverOnClose(),
                        Recipient.words(subscriber),
                        subscriber.socket() == null
                            ? 0
                            : Math.min(subscriber.connections(), connectionsMax)))
            .toList(),
        policy(config.sync()),
        new PeerRules(config.hasUserRules() ? new Access(config) : null, limits(config)));
  }

  private static TopicSettings settings(TopicConfig topic) {
    return new TopicSettings(
        topic.name(),
        topic.subscribers(),
        millisUp(topic.ackRetry()),
        topic.dedupe(),
        topic.priorities(),
        topic.expire(),
        limits(topic.limits()),
        millisUp(topic.limits().maxAge()));
  }

  private static TopicLimits limits(LimitsConfig limits) {
    return new TopicLimits(
        limits.maxMessages(),
        limits.maxBytes(),
        limits.whenFull(),
        limits.maxDeliveries(),
        limits.deadLetter(),
        millisUp(limits.ackRetryMax()),
        false);
  }

  /** A duration in milliseconds, rounded up, so that only 0 becomes 0. */
  private static long millisUp(Duration duration) {
    return duration.plusNanos(999_999).toMillis();
  }

  private static SyncPolicy policy(Sync sync) {
    if (sync instanceof Sync.Every every) {
      return SyncPolicy.every(every.interval());
    }
    return sync instanceof Sync.Never ? SyncPolicy.NEVER : SyncPolicy.ALWAYS;
  }
}
