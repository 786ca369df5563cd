package io.ppmq.server;

import io.ppmq.config.Address;
import io.ppmq.config.Config;
import io.ppmq.config.SubscriberConfig;
import io.ppmq.config.TopicConfig;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The recipient of a subscriber's batches.
 *
 * @param address its socket
 * @param user the users that may listen there; empty means every user
 * @param topics its topics, for the sentence of a refusal; empty if every user may listen
 */
record Recipient(Address address, List<String> user, List<String> topics) {
  /** The recipients with a socket in a configuration, by the subscriber's name. */
  static Map<String, Recipient> of(Config config) {
    Map<String, Recipient> recipients = new HashMap<>();
    for (SubscriberConfig subscriber : config.subscribers()) {
      Address socket = subscriber.socket();
      if (socket != null) {
        recipients.put(
            subscriber.name(),
            new Recipient(socket, subscriber.user(), topics(config, subscriber)));
      }
    }
    return recipients;
  }

  private static List<String> topics(Config config, SubscriberConfig subscriber) {
    if (subscriber.user().isEmpty()) {
      return List.of();
    }
    return config.topics().stream()
        .filter(topic -> topic.subscribers().contains(subscriber.name()))
        .map(TopicConfig::name)
        .toList();
  }

  /** A text that differs if a new connection to the subscriber is needed. */
  static String words(SubscriberConfig subscriber) {
    Address socket = subscriber.socket();
    if (socket == null) {
      return "";
    }
    String nodes = subscriber.nodes().isEmpty() ? "" : " on " + subscriber.nodes();
    String address = socket + nodes;
    return subscriber.user().isEmpty() ? address : address + " of " + subscriber.user();
  }
}
