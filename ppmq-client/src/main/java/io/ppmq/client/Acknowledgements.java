package io.ppmq.client;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A subscriber's words to the broker, said until they are confirmed: acknowledgements, and
 * RECONNECT if it was asked for. Each is sent at once; what the broker did not confirm is sent
 * again after a pause that grows from {@value #PAUSE_MILLIS_MIN} to {@value #PAUSE_MILLIS_MAX} ms,
 * on a thread of its own. A key that is delivered again meanwhile is dropped from what is to be
 * sent again: with dedupe it may name a newer version, which nobody has handled yet.
 *
 * <p>What waits is bounded; beyond that keys are dropped and reported, and the broker delivers
 * their messages again. Safe for any thread.
 */
final class Acknowledgements {
  private static final long PAUSE_MILLIS_MIN = 50;
  private static final long PAUSE_MILLIS_MAX = 5_000;
  private static final int WINDOW_VALUES = 256;
  private static final long AGAIN_CHARS_MAX = 32L << 20;

  /** Far below what the broker takes as one value, whatever the keys. */
  private static final int VALUE_CHARS_MAX = 1 << 20;

  /** Keys to acknowledge, or RECONNECT when there is no topic. Equal only to itself. */
  private static final class Word {
    final @Nullable String topic;
    final Set<String> keys = new LinkedHashSet<>();

    Word(@Nullable String topic) {
      this.topic = topic;
    }

    boolean isVoid() {
      return topic != null && keys.isEmpty();
    }

    long chars() {
      return keys.stream().mapToLong(String::length).sum();
    }
  }

  private final String subscriber;
  private final Subscriber.Problems problems;
  private final Connection connection;
  private final Thread thread;
  private final CompletableFuture<Refused> refusal = new CompletableFuture<>();

  /** Guards the six fields below it and the keys of each word. */
  private final ReentrantLock lock = new ReentrantLock();

  private final Condition changed = lock.newCondition();
  private final List<Word> sent = new ArrayList<>();
  private final ArrayDeque<Word> again = new ArrayDeque<>();
  private long pauseMillis = PAUSE_MILLIS_MIN;
  private boolean reached = true;
  private boolean closing;

  Acknowledgements(
      Address broker, String subscriber, Duration timeout, Subscriber.Problems problems) {
    this.subscriber = subscriber;
    this.problems = problems;
    this.connection = new Connection(broker, timeout, WINDOW_VALUES);
    this.thread = new Thread(this::repeat, "ppmq-acknowledgements");
    this.thread.setDaemon(true);
    this.thread.start();
  }

  /**
   * Asks for everything that is not acknowledged. Does not wait for the confirm; the future is
   * complete when there is one, or none came this time.
   */
  CompletableFuture<Void> reconnect() throws InterruptedException {
    return say(new Word(null)).handle((confirmed, failure) -> null);
  }

  /** Completes when the broker refuses RECONNECT for good: it knows no such subscriber. */
  CompletableFuture<Refused> refusal() {
    return refusal;
  }

  /** Acknowledges keys. Does not wait for the confirm, but for room on the way to the broker. */
  void acknowledge(String topic, Collection<String> keys) throws InterruptedException {
    Word word = new Word(topic);
    int chars = 0;
    for (String key : keys) {
      if (chars > VALUE_CHARS_MAX) {
        var unused = say(word);
        word = new Word(topic);
        chars = 0;
      }
      word.keys.add(key);
      chars += key.length();
    }
    var unused = say(word);
  }

  /** Forgets the keys of a batch that has come, and takes its coming as a sign of life. */
  void delivered(Batch batch) {
    List<String> keys = batch.keys();
    lock.lock();
    try {
      forget(sent, batch.topic(), keys);
      forget(again, batch.topic(), keys);
      pauseMillis = 0;
      if (!again.isEmpty()) {
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  private static void forget(Collection<Word> words, String topic, List<String> keys) {
    for (Word word : words) {
      if (topic.equals(word.topic)) {
        keys.forEach(word.keys::remove);
      }
    }
  }

  private CompletableFuture<Void> say(Word word) throws InterruptedException {
    String fields;
    lock.lock();
    try {
      if (word.isVoid()) {
        return CompletableFuture.completedFuture(null);
      }
      sent.add(word);
      String topic = word.topic;
      fields =
          topic == null
              ? Wire.reconnect(subscriber, null)
              : Wire.acknowledge(topic, subscriber, word.keys);
    } finally {
      lock.unlock();
    }
    try {
      CompletableFuture<Void> confirmed = connection.send(fields).confirmed;
      return confirmed.whenComplete((done, failure) -> answered(word, failure));
    } catch (InterruptedException | IllegalStateException e) {
      answered(word, e);
      throw e;
    }
  }

  private void answered(Word word, @Nullable Throwable failure) {
    String report = null;
    Refused refusedWord = null;
    lock.lock();
    try {
      sent.remove(word);
      if (failure == null) {
        pauseMillis = PAUSE_MILLIS_MIN;
        reached = true;
      } else if (failure instanceof Refused refused && refused.isFinal()) {
        refusedWord = refused;
        report = "the broker refused what subscriber " + subscriber + " said";
      } else {
        report = keep(word);
      }
    } finally {
      lock.unlock();
    }
    if (report != null) {
      problems.report(report, failure);
    }
    if (refusedWord != null && word.topic == null) {
      refusal.complete(refusedWord);
    }
  }

  /** Puts a word among those to be said again; returns what there is to report, or null. */
  private @Nullable String keep(Word word) {
    if (again.stream().mapToLong(Word::chars).sum() + word.chars() > AGAIN_CHARS_MAX) {
      return "dropped " + word.keys.size() + " acknowledgements: too many are unconfirmed";
    }
    again.add(word);
    changed.signalAll();
    boolean first = reached && !closing;
    reached = false;
    return first ? "the broker confirms nothing, trying again until it does" : null;
  }

  private void repeat() {
    try {
      for (int words = awaitTurn(); words > 0; words = awaitTurn()) {
        sayAgain(words);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the end: close() does the rest
    }
  }

  /** Waits until something is to be said again and the pause is over; returns 0 when closing. */
  private int awaitTurn() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (again.isEmpty() && !closing) {
        changed.await();
      }
      long sinceNanos = System.nanoTime();
      long leftNanos = leftNanos(sinceNanos);
      while (leftNanos > 0 && !closing) {
        changed.awaitNanos(leftNanos);
        leftNanos = leftNanos(sinceNanos);
      }
      pauseMillis = Math.max(PAUSE_MILLIS_MIN, Math.min(2 * pauseMillis, PAUSE_MILLIS_MAX));
      return closing ? 0 : again.size();
    } finally {
      lock.unlock();
    }
  }

  private long leftNanos(long sinceNanos) {
    return TimeUnit.MILLISECONDS.toNanos(pauseMillis) - (System.nanoTime() - sinceNanos);
  }

  private void sayAgain(int words) throws InterruptedException {
    for (int i = 0; i < words; i++) {
      Word word;
      lock.lock();
      try {
        word = again.poll();
      } finally {
        lock.unlock();
      }
      if (word != null) {
        var unused = say(word);
      }
    }
  }

  /** Says once more what is not confirmed, and waits at most {@code grace} for the confirms. */
  void close(Duration grace) {
    int words;
    lock.lock();
    try {
      closing = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    thread.interrupt();
    try {
      thread.join();
      lock.lock();
      try {
        words = again.size();
      } finally {
        lock.unlock();
      }
      sayAgain(words);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    connection.close(grace);
  }
}
