package io.ppmq.broker.stats;

import io.ppmq.broker.request.Pause;
import io.ppmq.topic.TopicStats;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The state of a broker at one moment.
 *
 * @param topics its topics, in the order of the configuration, and then those that it does not name
 *     and that still have messages
 * @param subscribers its subscribers, in the order of the configuration
 * @param diskBytes the size of its store on the disk; -1 when it cannot be determined
 * @param minFreeBytes publishes are refused while less of the disk is free; 0 for no bound
 * @param damage the first damage that was found in the store since it was opened, in one sentence;
 *     null: none
 * @param pauses the paused topics and subscribers
 * @param bounds the bounds on resources that producers or subscribers use
 */
public record BrokerStats(
    List<TopicStats> topics,
    List<LinkStats> subscribers,
    long diskBytes,
    long minFreeBytes,
    @Nullable String damage,
    Set<Pause> pauses,
    List<Bound> bounds) {
  /**
   * Whether a subscriber's part in a topic is paused, by itself or with the topic or the
   * subscriber.
   */
  public boolean isPaused(String topic, String subscriber) {
    return pauses.stream().anyMatch(pause -> pause.covers(topic, subscriber));
  }

  /**
   * Whether a subscriber can be reached.
   *
   * @param subscriber the subscriber's name
   * @param state {@code idle} (nothing to send), {@code connecting}, {@code connected}, or {@code
   *     unreachable} (something to send, tried again and again)
   * @param workers the number of connections that have subscribed as this subscriber
   */
  public record LinkStats(String subscriber, String state, int workers) {}
}
