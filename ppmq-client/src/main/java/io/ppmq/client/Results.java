package io.ppmq.client;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The results of single messages, gathered so that few values report many results: one value for
 * all acknowledgements of a topic, and one for all nacks with the same pause and reason. Belongs to
 * {@link Acknowledgements}; holds no more than is out.
 */
final class Results {
  /** The nack's pause and reason; both null for acknowledgements. */
  private record Kind(String topic, @Nullable String pause, @Nullable String reason) {
    static Kind of(String topic, @Nullable Nack nack) {
      return nack == null
          ? new Kind(topic, null, null)
          : new Kind(topic, nack.retryAfter().text(), nack.reason());
    }
  }

  private final Map<Kind, Word> words = new LinkedHashMap<>();

  /** Words that take no more keys. */
  private final List<Word> full = new ArrayList<>();

  boolean isEmpty() {
    return words.isEmpty() && full.isEmpty();
  }

  void add(String topic, String key, @Nullable Nack nack) {
    Kind kind = Kind.of(topic, nack);
    Word word = words.computeIfAbsent(kind, first -> Word.of(topic, nack));
    word.add(key);
    if (word.isFull()) {
      full.add(word);
      words.remove(kind);
    }
  }

  void forget(String topic, Collection<String> keys) {
    words.values().forEach(word -> word.forget(topic, keys));
    full.forEach(word -> word.forget(topic, keys));
  }

  /** Removes the gathered words of one topic, or of all topics for null. */
  List<Word> take(@Nullable String topic) {
    List<Word> taken = new ArrayList<>();
    full.removeIf(word -> isOf(topic, word) && taken.add(word));
    words.values().removeIf(word -> isOf(topic, word) && taken.add(word));
    return taken;
  }

  private static boolean isOf(@Nullable String topic, Word word) {
    return topic == null || topic.equals(word.topic);
  }
}
