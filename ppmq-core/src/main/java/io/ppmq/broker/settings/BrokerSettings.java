package io.ppmq.broker.settings;

import static java.util.stream.Collectors.toSet;

import io.ppmq.broker.request.Command;
import io.ppmq.broker.request.ErrorCode;
import io.ppmq.broker.request.Pause;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.broker.request.Submission;
import io.ppmq.message.Message;
import io.ppmq.message.Printable;
import io.ppmq.topic.TopicSettings;
import io.ppmq.topic.WhenFull;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All settings of a broker: its topics, its subscribers, and when to sync. Checked: every
 * subscriber that a topic names exists, and no name occurs twice.
 */
public final class BrokerSettings {
  /**
   * The most messages with a key that a topic with dedupe and a bound takes in one value. The room
   * that they need, with replacements within the value, is counted in the heap.
   */
  public static final int KEYED_MESSAGES_MAX = 150_000;

  private final Map<String, TopicSettings> topics = new LinkedHashMap<>();
  private final Map<String, SubscriberSettings> subscribers = new LinkedHashMap<>();
  private final SyncPolicy sync;
  private final Names names = new Names();
  private final Rules rules;

  /**
   * Settings without rules.
   *
   * @throws IllegalArgumentException when a name occurs twice or a topic names an unknown
   *     subscriber
   */
  public BrokerSettings(
      List<TopicSettings> topics, List<SubscriberSettings> subscribers, SyncPolicy sync) {
    this(topics, subscribers, sync, Rules.NONE);
  }

  /**
   * Settings with rules.
   *
   * @throws IllegalArgumentException when a name occurs twice or a topic names an unknown
   *     subscriber
   */
  public BrokerSettings(
      List<TopicSettings> topics,
      List<SubscriberSettings> subscribers,
      SyncPolicy sync,
      Rules rules) {
    this.sync = sync;
    this.rules = rules;
    for (SubscriberSettings subscriber : subscribers) {
      if (this.subscribers.put(subscriber.name(), subscriber) != null) {
        throw new IllegalArgumentException("subscriber " + subscriber.name() + " comes twice");
      }
    }
    Set<String> graves = graves(topics);
    for (TopicSettings named : topics) {
      // A topic that another names for its dead letters keeps them.
      TopicSettings topic =
          graves.contains(named.name()) ? named.with(named.limits().keepingDeadLetters()) : named;
      if (this.topics.put(topic.name(), topic) != null) {
        throw new IllegalArgumentException("topic " + topic.name() + " comes twice");
      }
      for (String subscriber : topic.subscribers()) {
        if (!this.subscribers.containsKey(subscriber)) {
          throw new IllegalArgumentException(
              "topic " + topic.name() + " names " + subscriber + ", which is not a subscriber");
        }
      }
    }
  }

  /** The names of the topics for dead letters, which must exist. */
  private static Set<String> graves(List<TopicSettings> topics) {
    Set<String> names = topics.stream().map(TopicSettings::name).collect(toSet());
    Set<String> graves = new HashSet<>();
    for (TopicSettings topic : topics) {
      String grave = topic.limits().deadLetter();
      if (grave == null) {
        continue;
      }
      if (!names.contains(grave)) {
        throw new IllegalArgumentException(
            "topic " + topic.name() + " names " + grave + ", which is not a topic");
      }
      graves.add(grave);
    }
    return graves;
  }

  /** The topics by name, in the order they were given. */
  public Map<String, TopicSettings> topics() {
    return java.util.Collections.unmodifiableMap(topics);
  }

  /** Whether publishes to a topic may be held until there is room for them. */
  public boolean mayHold(String topic) {
    TopicSettings settings = topics.get(topic);
    return settings != null
        && settings.limits().isBounded()
        && settings.limits().whenFull() == WhenFull.BLOCK;
  }

  /** The subscribers by name, in the order they were given. */
  public Map<String, SubscriberSettings> subscribers() {
    return java.util.Collections.unmodifiableMap(subscribers);
  }

  /** When commits are synced to the disk. */
  public SyncPolicy sync() {
    return sync;
  }

  /**
   * Checks that the names in a command are those of this broker.
   *
   * @throws RefusedException when one is not
   */
  public void check(Command command) throws RefusedException {
    command.accept(names);
  }

  /**
   * Checks the rights of a new submission, and that its names are those of this broker.
   *
   * @throws RefusedException when one of these checks fails
   */
  public void check(Submission submission) throws RefusedException {
    rules.checkRights(submission);
    for (Command command : submission.commands()) {
      check(command);
    }
  }

  /** The refusal of a submission that was checked by other settings; null when there is none. */
  public @Nullable RefusedException refusal(Submission submission) {
    try {
      check(submission);
      rules.checkSizes(submission);
      return null;
    } catch (RefusedException e) {
      return e;
    }
  }

  /** Checks the names in a command. */
  private final class Names implements Command.Handler<RefusedException> {
    @Override
    public void publish(Command.Publish publish) throws RefusedException {
      checkKeyed(topic(publish.topic()), publish.messages());
      checkDelays(topic(publish.topic()), publish.messages());
    }

    @Override
    public void acknowledge(Command.Acknowledge acknowledge) throws RefusedException {
      subscriberOf(acknowledge.topic(), acknowledge.subscriber());
    }

    @Override
    public void nack(Command.Nack nack) throws RefusedException {
      subscriberOf(nack.topic(), nack.subscriber());
    }

    @Override
    public void extend(Command.Extend extend) throws RefusedException {
      subscriberOf(extend.topic(), extend.subscriber());
    }

    @Override
    public void remove(Command.Remove remove) throws RefusedException {
      topic(remove.topic());
    }

    @Override
    public void redeliver(Command.Redeliver redeliver) throws RefusedException {
      subscriberOf(redeliver.topic(), redeliver.subscriber());
    }

    @Override
    public void subscribe(Command.Subscribe subscribe) throws RefusedException {
      subscriberOf(subscribe.topic(), subscribe.subscriber());
    }

    @Override
    public void unsubscribe(Command.Unsubscribe unsubscribe) throws RefusedException {
      subscriberOf(unsubscribe.topic(), unsubscribe.subscriber());
    }
  }

  /**
   * Checks that the names in a pause are those of this broker.
   *
   * @throws RefusedException when one is not
   */
  public void check(Pause pause) throws RefusedException {
    String topic = pause.topic();
    String subscriber = pause.subscriber();
    if (topic != null && subscriber != null) {
      subscriberOf(topic, subscriber);
    } else if (topic != null) {
      topic(topic);
    } else if (subscriber != null) {
      subscriber(subscriber);
    }
  }

  private static void checkKeyed(TopicSettings topic, List<Message> messages)
      throws RefusedException {
    boolean counted = topic.dedupe() && topic.limits().isBounded();
    if (!counted || messages.size() <= KEYED_MESSAGES_MAX) {
      return;
    }
    long keyed = messages.stream().filter(message -> message.key() != null).count();
    if (keyed > KEYED_MESSAGES_MAX) {
      throw new RefusedException(
          ErrorCode.TOO_LARGE,
          "%d messages with a Key are more than topic %s, with Dedupe and a bound, takes in a value: %d"
              .formatted(keyed, quoted(topic.name()), KEYED_MESSAGES_MAX));
    }
  }

  /**
   * A delayed message is in no queue yet: it replaces no message, and no message can replace it.
   */
  private static void checkDelays(TopicSettings topic, List<Message> messages)
      throws RefusedException {
    if (topic.dedupe()
        && messages.stream()
            .anyMatch(message -> message.delay() != null && message.key() != null)) {
      throw new RefusedException(
          ErrorCode.MALFORMED,
          "topic "
              + quoted(topic.name())
              + " has Dedupe: a message with a Key cannot have Delay or NotBefore there");
    }
  }

  private TopicSettings topic(String name) throws RefusedException {
    TopicSettings topic = topics.get(name);
    if (topic == null) {
      throw noTopic(name);
    }
    return topic;
  }

  public static RefusedException noTopic(String name) {
    return new RefusedException(ErrorCode.UNKNOWN_TOPIC, "there is no topic " + quoted(name));
  }

  public static RefusedException noSubscriberOf(String topic, String subscriber) {
    return new RefusedException(
        ErrorCode.NOT_OF_TOPIC,
        quoted(subscriber) + " is not a subscriber of topic " + quoted(topic));
  }

  private void subscriber(String name) throws RefusedException {
    if (!subscribers.containsKey(name)) {
      throw new RefusedException(
          ErrorCode.UNKNOWN_SUBSCRIBER, "there is no subscriber " + quoted(name));
    }
  }

  private void subscriberOf(@Nullable String topic, String subscriber) throws RefusedException {
    if (topic == null) {
      subscriber(subscriber);
      return;
    }
    boolean named = topic(topic).subscribers().contains(subscriber);
    subscriber(subscriber);
    if (!named) {
      throw noSubscriberOf(topic, subscriber);
    }
  }

  /** A name for a message to a user: bounded, and on one line. */
  private static String quoted(String name) {
    String shown = name.length() > 100 ? name.substring(0, 100) + "…" : name;
    return '"' + Printable.of(shown) + '"';
  }
}
