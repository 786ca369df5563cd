package io.ppmq.broker;

import io.ppmq.store.Store;
import io.ppmq.store.StoreException;
import io.ppmq.topic.QueueStats;
import io.ppmq.topic.Topic;
import io.ppmq.topic.TopicSettings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Who is there: the topics, the links to subscribers, and who subscribes to what; and how all that
 * goes from one configuration to the next while the broker runs. Owned by the writer's thread.
 *
 * <p>A topic that the configuration does not name any longer is retired: it has no subscribers, is
 * refused to producers, and keeps what it has until that is purged.
 */
final class Roster {
  final Map<String, Topic> topics = new LinkedHashMap<>();
  final Map<String, SubscriberLink> links = new LinkedHashMap<>();
  final Map<Topic, List<Subscription>> subscriptions = new LinkedHashMap<>();

  private final Writer writer;
  private final Store store;
  private final Senders senders;
  private final Pauses pauses;
  private final IdSequence ids;
  private BrokerSettings settings;

  /** Nobody at first: {@link #open} brings them in. */
  Roster(
      Writer writer, Store store, IdSequence ids, Senders senders, Pauses pauses, SyncPolicy sync) {
    this.writer = writer;
    this.store = store;
    this.senders = senders;
    this.pauses = pauses;
    this.ids = ids;
    this.settings = new BrokerSettings(List.of(), List.of(), sync);
  }

  /** By what it goes now. */
  BrokerSettings settings() {
    return settings;
  }

  /** Brings in what the settings name, and what the store has besides. */
  void open(BrokerSettings first) {
    Set<String> unnamed = new TreeSet<>(store.topics());
    unnamed.removeAll(first.topics().keySet());
    for (String name : unnamed) {
      if (!store.topic(name).progress().isEmpty()) {
        Topic topic = open(TopicSettings.retired(name));
        topics.put(name, topic);
        writer.changed(topic); // opening it may have moved what had been chosen
      }
    }
    go(first, openNew(first));
    topics.values().forEach(this::reportDetached);
  }

  /**
   * Goes by other settings from now on.
   *
   * @throws RefusedException when a new topic cannot be opened; nothing was changed
   */
  void apply(BrokerSettings next) throws RefusedException {
    Map<String, Topic> opened;
    try {
      opened = openNew(next);
    } catch (StoreException e) {
      throw new RefusedException(Outage.code(e), e.sentence());
    }
    go(next, opened);
  }

  private Map<String, Topic> openNew(BrokerSettings next) {
    Map<String, Topic> opened = new LinkedHashMap<>();
    next.topics()
        .forEach(
            (name, topic) -> {
              if (!topics.containsKey(name)) {
                opened.put(name, open(topic));
              }
            });
    return opened;
  }

  private void go(BrokerSettings next, Map<String, Topic> opened) {
    settings = next;
    List.copyOf(links.values()).forEach(this::keepOrClose);
    next.subscribers().values().forEach(this::link);
    for (Topic topic : List.copyOf(topics.values())) {
      TopicSettings named = next.topics().get(topic.settings().name());
      apply(topic, named == null ? topic.settings().retired() : named);
    }
    topics.putAll(opened);
    opened.values().forEach(this::subscribe);
  }

  private Topic open(TopicSettings topic) {
    return Topic.open(topic, store.topic(topic.name()), ids, store.nonce());
  }

  private void apply(Topic topic, TopicSettings next) {
    TopicSettings before = topic.settings();
    if (before.equals(next) && !anyNewLink(topic)) {
      return;
    }
    if (!before.equals(next)) {
      topic.apply(next);
      topic.stats().queues().stream()
          .filter(queue -> before.subscribers().contains(queue.subscriber()))
          .forEach(queue -> reportDetached(topic, queue));
    }
    subscribe(topic);
  }

  private boolean anyNewLink(Topic topic) {
    for (Subscription subscription : subscriptions.getOrDefault(topic, List.of())) {
      if (links.get(subscription.link.name()) != subscription.link) {
        return true;
      }
    }
    return false;
  }

  // ---- links ----------------------------------------------------------------------------------

  private void keepOrClose(SubscriberLink link) {
    SubscriberSettings next = settings.subscribers().get(link.name());
    if (next == null || !link.isFor(next)) {
      link.close();
      links.remove(link.name());
    } else {
      link.apply(next);
    }
  }

  private void link(SubscriberSettings subscriber) {
    if (!links.containsKey(subscriber.name())) {
      links.put(subscriber.name(), new SubscriberLink(subscriber, writer, senders));
    }
  }

  // ---- subscriptions --------------------------------------------------------------------------

  /** Has every subscriber that the topic's settings name take part in it, and no other. */
  private void subscribe(Topic topic) {
    Map<String, Subscription> before = new LinkedHashMap<>();
    subscriptions
        .getOrDefault(topic, List.of())
        .forEach(subscription -> before.put(subscription.link.name(), subscription));
    List<Subscription> all = new ArrayList<>();
    for (String name : topic.settings().subscribers()) {
      SubscriberLink link = linkOf(name);
      Subscription old = before.remove(name);
      if (old != null && old.link == link) {
        old.apply(writer.timers());
        all.add(old);
      } else {
        all.add(join(topic, link, old));
      }
    }
    before.values().forEach(subscription -> subscription.link.leave(subscription));
    subscriptions.put(topic, all);
    writer.reconfigured(topic);
  }

  /**
   * A subscriber that moved to another socket gets there what was sent to the old one and is not
   * acknowledged: who listens there cannot have it.
   */
  private Subscription join(Topic topic, SubscriberLink link, @Nullable Subscription moved) {
    if (moved != null) {
      topic.takeBack(link.name());
      moved.leave();
    }
    Subscription subscription = new Subscription(topic, link);
    subscription.paused = pauses.covers(topic.settings().name(), link.name());
    link.join(subscription);
    return subscription;
  }

  private SubscriberLink linkOf(String name) {
    SubscriberLink link = links.get(name);
    if (link == null) {
      throw new IllegalStateException("unchecked subscriber " + name);
    }
    return link;
  }

  // ---- pausing and purging --------------------------------------------------------------------

  /** Has every subscription wait or go on as it is paused now. */
  void pausesChanged() {
    for (List<Subscription> all : subscriptions.values()) {
      for (Subscription subscription : all) {
        String topic = subscription.topic.settings().name();
        subscription.paused = pauses.covers(topic, subscription.link.name());
        subscription.link.ready(subscription);
      }
    }
  }

  /** Lets go of a topic of which nothing is left and that the settings do not name. */
  void dropIfEmpty(Topic topic) {
    String name = topic.settings().name();
    if (topic.subscribers().isEmpty() && !settings.topics().containsKey(name)) {
      topics.remove(name);
      subscriptions.remove(topic);
    }
  }

  /** The topics in the order of the settings, and then those they do not name. */
  List<Topic> inOrder() {
    List<Topic> ordered = new ArrayList<>();
    settings.topics().keySet().forEach(name -> ordered.add(topicOf(name)));
    topics.forEach(
        (name, topic) -> {
          if (!settings.topics().containsKey(name)) {
            ordered.add(topic);
          }
        });
    return ordered;
  }

  private Topic topicOf(String name) {
    Topic topic = topics.get(name);
    if (topic == null) {
      throw new IllegalStateException("unchecked topic " + name);
    }
    return topic;
  }

  // ---- telling --------------------------------------------------------------------------------

  private void reportDetached(Topic topic) {
    topic.stats().queues().forEach(queue -> reportDetached(topic, queue));
  }

  private void reportDetached(Topic topic, QueueStats queue) {
    if (!queue.attached() && queue.backlog() > 0) {
      writer
          .events()
          .detachedSubscriber(topic.settings().name(), queue.subscriber(), queue.backlog());
    }
  }
}
