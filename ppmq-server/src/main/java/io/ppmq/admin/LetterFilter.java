package io.ppmq.admin;

import io.ppmq.broker.Broker;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.broker.settings.BrokerSettings;
import io.ppmq.http.BadRequest;
import io.ppmq.store.KeyedMessage;
import io.ppmq.store.Origin;
import io.ppmq.topic.TopicSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Selects dead letters.
 *
 * @param graves the dead-letter topics
 * @param topic the topic where they lie or where they died; null for any
 * @param subscriber the subscriber for which they died; null for any
 */
record LetterFilter(List<String> graves, @Nullable String topic, @Nullable String subscriber) {
  /** The meaning of {@code topic} and {@code subscriber} in a query. */
  static LetterFilter of(Broker broker, Query query) throws BadRequest, RefusedException {
    Map<String, TopicSettings> topics = broker.settings().topics();
    String topic = query.optional("topic");
    if (topic != null && !topics.containsKey(topic)) {
      throw BrokerSettings.noTopic(topic);
    }
    List<String> graves = new ArrayList<>();
    for (TopicSettings settings : topics.values()) {
      if (settings.limits().keepsDeadLetters()) {
        graves.add(settings.name());
      }
    }
    return new LetterFilter(graves, topic, query.optional("subscriber"));
  }

  /**
   * Whether the filter selects a message in a grave. Only messages that the broker buried are dead
   * letters.
   */
  boolean takes(String grave, KeyedMessage message) {
    return message.origin() instanceof Origin.Buried buried
        && (topic == null || topic.equals(grave) || topic.equals(buried.topic()))
        && (subscriber == null || subscriber.equals(buried.subscriber()));
  }
}
