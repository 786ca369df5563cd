package io.ppmq.client;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One statement of a subscriber to the broker: keys that it is done with, keys that it could not
 * handle, or RECONNECT, which has no topic. Equal only to itself. Its keys belong to {@link
 * Acknowledgements}.
 */
final class Word {
  /** Far below the limit of the broker for one value, whatever the keys. */
  private static final int CHARS_MAX = 1 << 20;

  final @Nullable String topic;

  /** The reason why the keys failed and their wait; null for acknowledged keys. */
  final @Nullable Nack nack;

  final Set<String> keys = new LinkedHashSet<>();
  private long chars;

  private Word(@Nullable String topic, @Nullable Nack nack) {
    this.topic = topic;
    this.nack = nack;
  }

  static Word reconnect() {
    return new Word(null, null);
  }

  static Word of(String topic, @Nullable Nack nack) {
    return new Word(topic, nack);
  }

  boolean isVoid() {
    return topic != null && keys.isEmpty();
  }

  /** Whether it is long enough: one more key is to go into another word. */
  boolean isFull() {
    return chars > CHARS_MAX;
  }

  void add(String key) {
    keys.add(key);
    chars += key.length();
  }

  /** How long it is, or was. */
  long chars() {
    return chars;
  }

  void forget(String ofTopic, Collection<String> forgotten) {
    if (ofTopic.equals(topic)) {
      forgotten.forEach(keys::remove);
    }
  }

  /** As it goes to the broker, without the braces. */
  String fields(String subscriber) {
    if (topic == null) {
      return Wire.reconnect(subscriber, null);
    }
    return nack == null
        ? Wire.acknowledge(topic, subscriber, keys)
        : Wire.nack(topic, subscriber, keys, nack);
  }
}
