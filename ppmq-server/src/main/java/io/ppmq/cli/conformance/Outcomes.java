package io.ppmq.cli.conformance;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The client's statements about the messages of one step. Statements about earlier messages are
 * late, and allowed.
 */
final class Outcomes {
  /**
   * A statement about a message.
   *
   * @param acked false for a nack
   * @param from the connection of the statement
   */
  record Outcome(boolean acked, String reason, String retryAfter, Peer from) {}

  /** Takes the values that the client publishes, and answers them. */
  interface Publishes {
    void take(Word word) throws Broken, IOException, InterruptedException;
  }

  private final PlayedBroker broker;
  private final Set<String> out;
  private final Map<String, Outcome> said = new LinkedHashMap<>();
  private final List<Word> extended = new ArrayList<>();

  Outcomes(PlayedBroker broker, List<String> keys) {
    this.broker = broker;
    this.out = new HashSet<>(keys);
  }

  /** Waits for a statement about each message. */
  Outcomes await(Publishes publishes) throws Broken, IOException, InterruptedException {
    while (!out.isEmpty()) {
      take(broker.next("acknowledgement or nack of " + out.size() + " messages"), publishes);
    }
    return this;
  }

  /** The same for a step in which the client publishes nothing. */
  Outcomes await() throws Broken, IOException, InterruptedException {
    return await(word -> word.confirm());
  }

  /** Takes the statements that arrive within a time. */
  Outcomes during(Duration time) throws Broken, IOException, InterruptedException {
    long end = System.nanoTime() + time.toNanos();
    for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
      Word word = broker.next(Duration.ofNanos(left));
      if (word != null) {
        take(word, Word::confirm);
      }
    }
    return this;
  }

  void take(Word word, Publishes publishes) throws Broken, IOException, InterruptedException {
    Value value = word.value();
    if (value.has("Messages")) {
      publishes.take(word);
      return;
    }
    String topic = value.text("Topic");
    String subscriber = value.text("Subscriber");
    Broken.unless(
        subscriber.equals(PlayedBroker.SUBSCRIBER), "the Subscriber of " + word + " is wrong");
    for (String key : value.texts("Acks")) {
      settle(key, topic, new Outcome(true, "", "", word.from()));
    }
    for (String key : value.texts("Nacks")) {
      String reason = value.text("Reason");
      settle(key, topic, new Outcome(false, reason, value.text("RetryAfter"), word.from()));
    }
    if (value.has("Extend")) {
      extended.add(word); // the step answers
    } else {
      word.confirm();
    }
  }

  private void settle(String key, String topic, Outcome outcome) throws Broken {
    Broken.unless(key.startsWith("key-"), "it names a key that was never pushed");
    if (out.remove(key)) {
      Broken.unless(
          topic.equals(PlayedBroker.TASKS) || topic.equals("more"),
          "the Topic of its acknowledgement or nack is \"" + topic + "\"");
      said.put(key, outcome);
    }
  }

  /** Waits for a value with Extend, which the step then answers. */
  Word extend() throws Broken, IOException, InterruptedException {
    while (extended.isEmpty()) {
      take(broker.next("value with Extend"), Word::confirm);
    }
    return extended.remove(0);
  }

  @Nullable Outcome of(String key) {
    return said.get(key);
  }

  void acked(String key) throws Broken {
    Outcome outcome = said.get(key);
    Broken.unless(outcome != null && outcome.acked(), "a processed message is not acknowledged");
  }

  /** The nack of a message. */
  Outcome nacked(String key) throws Broken {
    Outcome outcome = said.get(key);
    if (outcome == null || outcome.acked()) {
      throw new Broken("a failed message is acknowledged");
    }
    return outcome;
  }
}
