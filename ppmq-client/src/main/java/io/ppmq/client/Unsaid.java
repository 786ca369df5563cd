package io.ppmq.client;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The words that a subscriber has yet to send, and their times: gathered results, and words that
 * the broker did not confirm. Guarded by the lock of {@link Acknowledgements}.
 */
final class Unsaid {
  static final long PAUSE_MILLIS_MIN = 50;
  static final long PAUSE_MILLIS_MAX = 5_000;
  static final long GATHER_MILLIS = 20;
  private static final long AGAIN_CHARS_MAX = 32L << 20;

  private final Results results = new Results();
  private final ArrayDeque<Word> again = new ArrayDeque<>();
  private long pauseMillis = PAUSE_MILLIS_MIN;
  private long resultsNanos;
  private long againNanos;

  private static long in(long millis) {
    return System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
  }

  /** Gathers a result; returns true for the first one. */
  boolean gather(String topic, String key, @Nullable Nack nack) {
    boolean first = results.isEmpty();
    if (first) {
      resultsNanos = in(GATHER_MILLIS);
    }
    results.add(topic, key, nack);
    return first;
  }

  /** Removes the gathered results of a topic, and returns them as words. */
  List<Word> gathered(String topic) {
    return results.take(topic);
  }

  /**
   * Keeps a word to be sent again after the pause; returns false when too many are kept already.
   */
  boolean keep(Word word) {
    if (again.stream().mapToLong(Word::chars).sum() + word.chars() > AGAIN_CHARS_MAX) {
      return false;
    }
    if (again.isEmpty()) {
      againNanos = in(pauseMillis);
    }
    again.add(word);
    return true;
  }

  /** Keeps words to be sent as soon as there is room for them. */
  void postpone(Collection<Word> words) {
    againNanos = System.nanoTime();
    again.addAll(words);
  }

  /** Notes that the broker has confirmed a word. */
  void confirmed() {
    pauseMillis = PAUSE_MILLIS_MIN;
  }

  /** Notes a delivery, which also shows that the broker is alive. */
  void delivered(String topic, Collection<String> keys) {
    again.forEach(word -> word.forget(topic, keys));
    results.forget(topic, keys);
    pauseMillis = 0;
    againNanos = System.nanoTime();
  }

  /** The time until the next word is due; very long when there is none. */
  long leftNanos() {
    long now = System.nanoTime();
    long forAgain = again.isEmpty() ? Long.MAX_VALUE : againNanos - now;
    long forResults = results.isEmpty() ? Long.MAX_VALUE : resultsNanos - now;
    return Math.min(forAgain, forResults);
  }

  /** Removes the words that are due, and returns them. */
  ArrayDeque<Word> due() {
    ArrayDeque<Word> due = new ArrayDeque<>();
    long now = System.nanoTime();
    if (!results.isEmpty() && resultsNanos - now <= 0) {
      due.addAll(results.take(null));
    }
    if (!again.isEmpty() && againNanos - now <= 0) {
      due.addAll(again);
      again.clear();
      pauseMillis = Math.max(PAUSE_MILLIS_MIN, Math.min(2 * pauseMillis, PAUSE_MILLIS_MAX));
    }
    return due;
  }

  /** Removes all words, and returns them. */
  ArrayDeque<Word> all() {
    ArrayDeque<Word> all = new ArrayDeque<>(again);
    again.clear();
    all.addAll(results.take(null));
    return all;
  }
}
