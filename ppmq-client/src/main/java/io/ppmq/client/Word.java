package io.ppmq.client;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One statement of a subscriber to the broker: acknowledged keys, nacked keys, or RECONNECT, which
 * has no topic. Equal only to itself. Its keys are guarded by the lock of {@link Acknowledgements}.
 */
final class Word {
  /**
   * The size at which a word is full; far below the broker's limit for a value, whatever the keys.
   * The broker limits the number of keys in a nack, too.
   */
  private static final int CHARS_MAX = 1 << 20;

  final @Nullable String topic;

  /** The pause and the reason of nacked keys; null for acknowledged keys. */
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

  /** Whether the word is full; the next key goes into another word. */
  boolean isFull() {
    return chars > CHARS_MAX || (nack != null && keys.size() >= Wire.NACKS_MAX);
  }

  void add(String key) {
    keys.add(key);
    chars += key.length();
  }

  /** The size of the word, including keys that were dropped since. */
  long chars() {
    return chars;
  }

  void forget(String ofTopic, Collection<String> forgotten) {
    if (ofTopic.equals(topic)) {
      forgotten.forEach(keys::remove);
    }
  }

  /** The form sent to the broker, without the braces. */
  String fields(String subscriber) {
    if (topic == null) {
      return Wire.reconnect(subscriber, null);
    }
    return nack == null
        ? Wire.acknowledge(topic, subscriber, keys)
        : Wire.nack(topic, subscriber, keys, nack);
  }
}
