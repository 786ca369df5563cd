package io.ppmq.client;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Sends a subscriber's words to the broker until it confirms them. A word is an acknowledgement, a
 * nack, or RECONNECT if the builder asks for it. The thread that executes {@link #run} sends
 * unconfirmed words again after a pause that grows from {@value Unsaid#PAUSE_MILLIS_MIN} to {@value
 * Unsaid#PAUSE_MILLIS_MAX} ms. A key that is delivered again meanwhile is dropped from these words:
 * with dedupe it may name a newer version, which nobody has handled yet.
 *
 * <p>Results of single messages are gathered. They go out when the results of all messages of a
 * topic are there, or {@value Unsaid#GATHER_MILLIS} ms after the first result.
 *
 * <p>The waiting words are bounded. Beyond the bound, keys are dropped and reported, and the broker
 * delivers their messages again. Safe for any thread.
 */
final class Acknowledgements {
  static final int WINDOW_VALUES = 256;

  private final String subscriber;
  private final Subscriber.Problems problems;
  private final Connection connection;
  private final CompletableFuture<Refused> refusal = new CompletableFuture<>();
  private @Nullable Thread thread;

  /** Guards the fields below it and the keys of each word. */
  private final ReentrantLock lock = new ReentrantLock();

  private final Condition changed = lock.newCondition();
  private final List<Word> sent = new ArrayList<>();
  private final Unsaid unsaid = new Unsaid();
  private boolean reached = true;

  /** The threads in {@link #flush} whose words the connection does not have yet. */
  private int flushing;

  private boolean closing;
  private boolean abandoned;

  Acknowledgements(Connection connection, String subscriber, Subscriber.Problems problems) {
    this.connection = connection;
    this.subscriber = subscriber;
    this.problems = problems;
  }

  /**
   * Asks for every message that is not acknowledged. Does not wait for the confirm. The future
   * completes when the confirm arrives or this attempt fails.
   */
  CompletableFuture<Void> reconnect() throws InterruptedException {
    return say(Word.reconnect(), true).handle((confirmed, failure) -> null);
  }

  /** Completes when the broker refuses RECONNECT for good, because it knows no such subscriber. */
  CompletableFuture<Refused> refusal() {
    return refusal;
  }

  /** Acknowledges or nacks keys. Waits for room in the connection's window, not for the confirm. */
  void say(String topic, Collection<String> keys, @Nullable Nack nack) throws InterruptedException {
    Word word = Word.of(topic, nack);
    for (String key : keys) {
      if (word.isFull()) {
        var unused = say(word, true);
        word = Word.of(topic, nack);
      }
      word.add(key);
    }
    var unused = say(word, true);
  }

  /** Acknowledges or nacks keys, but does nothing once the connection is lost. */
  void sayUnlessClosed(String topic, Collection<String> keys, @Nullable Nack nack)
      throws InterruptedException {
    try {
      say(topic, keys, nack);
    } catch (IllegalStateException e) {
      abandon();
    }
  }

  /**
   * Restarts the acknowledgement time, and waits for the answer.
   *
   * @return the keys that are no longer out; all keys when the connection is closed
   */
  List<String> extend(String topic, Collection<String> keys)
      throws Refused, IOException, InterruptedException {
    List<Value> values = new ArrayList<>();
    List<String> gone = new ArrayList<>();
    for (List<String> part : Wire.extendable(keys)) {
      try {
        values.add(connection.send(Wire.extend(topic, subscriber, part)));
      } catch (IllegalStateException e) {
        gone.addAll(part);
      }
    }
    for (Value value : values) {
      gone.addAll(value.await());
    }
    return gone;
  }

  /** Notes the result of a message; does not block. */
  void settle(String topic, String key, @Nullable Nack nack) {
    lock.lock();
    try {
      if (unsaid.gather(topic, key, nack)) {
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Sends the gathered results of a topic, because no more of them will come soon. Does not block.
   */
  void flush(String topic) {
    List<Word> words;
    lock.lock();
    try {
      words = unsaid.gathered(topic);
      sent.addAll(words);
      flushing++;
    } finally {
      lock.unlock();
    }
    try {
      for (Word word : words) {
        var unused = say(word, false);
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e); // trySend does not wait
    } finally {
      lock.lock();
      try {
        flushing--;
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  /** Forgets the keys of a batch that has arrived, which also shows that the broker is alive. */
  void delivered(Batch batch) {
    List<String> keys = batch.keys();
    lock.lock();
    try {
      sent.forEach(word -> word.forget(batch.topic(), keys));
      unsaid.delivered(batch.topic(), keys);
      if (unsaid.leftNanos() <= 0) {
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  private CompletableFuture<Void> say(Word word, boolean mayWait) throws InterruptedException {
    String fields;
    lock.lock();
    try {
      sent.remove(word);
      if (word.isVoid() || abandoned) {
        return CompletableFuture.completedFuture(null);
      }
      sent.add(word);
      fields = word.fields(subscriber);
    } finally {
      lock.unlock();
    }
    try {
      Value value = mayWait ? connection.send(fields) : connection.trySend(fields);
      if (value == null) {
        postpone(word);
        return CompletableFuture.completedFuture(null);
      }
      return value.confirmed.whenComplete((confirmed, failure) -> answered(word, failure));
    } catch (InterruptedException | IllegalStateException e) {
      answered(word, e);
      if (e instanceof IllegalStateException && !mayWait) {
        return CompletableFuture.failedFuture(e);
      }
      throw e;
    }
  }

  /** Queues a word that found no room; the thread that may wait sends it. */
  private void postpone(Word word) {
    lock.lock();
    try {
      sent.remove(word);
      unsaid.postpone(List.of(word));
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void answered(Word word, @Nullable Throwable failure) {
    String report = null;
    Refused refusedWord = null;
    lock.lock();
    try {
      sent.remove(word);
      if (failure == null) {
        unsaid.confirmed();
        reached = true;
      } else if (failure instanceof Refused refused && refused.isFinal()) {
        refusedWord = refused;
        report = "the broker refused a value of subscriber " + subscriber;
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

  /** Queues a word to be sent again; returns the problem to report, or null. */
  private @Nullable String keep(Word word) {
    if (abandoned) {
      return null;
    }
    if (!unsaid.keep(word)) {
      return "dropped " + word.keys.size() + " acknowledgements: too many are unconfirmed";
    }
    changed.signalAll();
    boolean first = reached && !closing;
    reached = false;
    return first ? "the broker does not confirm, trying again until it does" : null;
  }

  /** Starts a separate thread for {@link #run}. */
  void start() {
    Thread own = new Thread(this::run, "ppmq-acknowledgements");
    own.setDaemon(true);
    own.start();
    thread = own;
  }

  /**
   * Sends the waiting words and the gathered results. Returns after {@link #stop} or {@link
   * #abandon}, when the connection is closed, or when this thread is interrupted.
   */
  void run() {
    try {
      while (awaitTurn()) {
        sayAll(due());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IllegalStateException e) {
      stop(); // this side closed the connection
    }
  }

  private void sayAll(ArrayDeque<Word> words) throws InterruptedException {
    try {
      while (!words.isEmpty()) {
        var unused = say(words.remove(), true);
      }
    } finally {
      lock.lock();
      try {
        sent.removeAll(words);
        unsaid.postpone(words);
      } finally {
        lock.unlock();
      }
    }
  }

  /** Waits until a word is due; returns false when nothing more will come. */
  private boolean awaitTurn() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long leftNanos = unsaid.leftNanos();
      while (leftNanos > 0 && !closing && !abandoned) {
        changed.awaitNanos(leftNanos);
        leftNanos = unsaid.leftNanos();
      }
      return !closing && !abandoned;
    } finally {
      lock.unlock();
    }
  }

  private ArrayDeque<Word> due() {
    lock.lock();
    try {
      ArrayDeque<Word> due = unsaid.due();
      sent.addAll(due);
      return due;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes all words that no thread has sent. First waits for the threads that flush: a word that
   * one of them took would be lost if the connection closed before it.
   */
  private ArrayDeque<Word> last(Duration grace) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long leftNanos = grace.toNanos();
      while (flushing > 0 && leftNanos > 0) {
        leftNanos = changed.awaitNanos(leftNanos);
      }
      ArrayDeque<Word> last = unsaid.all();
      sent.addAll(last);
      return last;
    } finally {
      lock.unlock();
    }
  }

  /** Makes {@link #run} return; {@link #close} sends the remaining words. */
  void stop() {
    lock.lock();
    try {
      closing = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Forgets everything and sends nothing more: the broker delivers unconfirmed messages again. */
  void abandon() {
    lock.lock();
    try {
      abandoned = true;
      var unused = unsaid.all();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Sends the unconfirmed words once more, and waits at most {@code grace} for the confirms. */
  void close(Duration grace) {
    stop();
    try {
      Thread own = thread;
      if (own != null) {
        own.interrupt();
        own.join();
      }
      sayAll(last(grace));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IllegalStateException e) {
      problems.report("the last acknowledgements of subscriber " + subscriber + " are lost", e);
    }
    connection.close(grace);
  }
}
