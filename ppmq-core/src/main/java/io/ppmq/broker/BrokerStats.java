package io.ppmq.broker;

import io.ppmq.topic.TopicStats;
import java.util.List;

/**
 * How a broker stands, at one moment.
 *
 * @param topics its topics, in the order of the configuration
 * @param subscribers its subscribers, in the order of the configuration
 * @param diskBytes what its store occupies on the disk
 */
public record BrokerStats(List<TopicStats> topics, List<LinkStats> subscribers, long diskBytes) {
  /**
   * Whether a subscriber can be reached.
   *
   * @param subscriber the subscriber's name
   * @param state {@code idle} (nothing to send), {@code connecting}, {@code connected}, or {@code
   *     unreachable} (something to send, tried again and again)
   */
  public record LinkStats(String subscriber, String state) {}
}
