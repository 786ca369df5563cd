package io.ppmq.broker.delivery;

import io.ppmq.broker.commit.IdSequence;
import io.ppmq.broker.commit.Outage;
import io.ppmq.broker.port.BrokerEvents;
import io.ppmq.broker.port.Senders;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.broker.settings.BrokerSettings;
import io.ppmq.broker.settings.SubscriberSettings;
import io.ppmq.broker.settings.SyncPolicy;
import io.ppmq.broker.turn.Agenda;
import io.ppmq.broker.turn.Inbox;
import io.ppmq.broker.turn.Timers;
import io.ppmq.store.Store;
import io.ppmq.store.StoreException;
import io.ppmq.store.TopicStore;
import io.ppmq.topic.CommitBarrier;
import io.ppmq.topic.QueueStats;
import io.ppmq.topic.Topic;
import io.ppmq.topic.TopicSettings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The topics, the links to subscribers, and the subscriptions. It brings them from one
 * configuration to the next while the broker runs. Owned by the writer's thread.
 *
 * <p>A topic that the configuration no longer names is retired: it has no subscribers, is refused
 * to producers, and keeps its messages until they are purged. When the broker starts, those without
 * a message stay in the store: thousands of them would need more memory than the present settings
 * ask for.
 */
public final class Roster {
  public final Map<String, Topic> topics = new LinkedHashMap<>();
  public final Map<String, SubscriberLink> links = new LinkedHashMap<>();
  final Map<Topic, List<Subscription>> subscriptions = new LinkedHashMap<>();

  private final Agenda agenda;
  private final Timers timers;
  private final CommitBarrier barrier;
  private final BrokerEvents events;
  private final Inbox inbox;
  private final Store store;
  private final Senders senders;
  private final Pauses pauses;
  private final IdSequence ids;
  public final PushRoom room;
  private BrokerSettings settings;

  /** Empty at first: {@link #open} brings topics and subscribers in. */
  public Roster(
      Store store,
      IdSequence ids,
      Senders senders,
      Pauses pauses,
      SyncPolicy sync,
      Agenda agenda,
      Timers timers,
      CommitBarrier barrier,
      BrokerEvents events,
      Inbox inbox) {
    this.agenda = agenda;
    this.timers = timers;
    this.barrier = barrier;
    this.events = events;
    this.inbox = inbox;
    this.store = store;
    this.senders = senders;
    this.pauses = pauses;
    this.ids = ids;
    this.room = new PushRoom(agenda, timers);
    this.settings = new BrokerSettings(List.of(), List.of(), sync);
  }

  /** The current settings. */
  public BrokerSettings settings() {
    return settings;
  }

  /** Brings in the topics that the settings name, and others of the store that have messages. */
  public void open(BrokerSettings first) {
    Set<String> unnamed = new TreeSet<>(store.topics());
    unnamed.removeAll(first.topics().keySet());
    for (String name : unnamed) {
      if (hasMessages(store.topic(name))) {
        Topic topic = open(TopicSettings.retired(name));
        topics.put(name, topic);
        agenda.save(topic); // opening it may have moved chosen messages
      }
    }
    go(first, openNew(first));
    topics.values().forEach(this::reportDetached);
  }

  /** Whether it has messages for a subscriber, maybe acknowledged and not dropped yet. */
  private static boolean hasMessages(TopicStore topic) {
    boolean any = topic.holdsKeyed() || !topic.priorities().isEmpty();
    return (any && !topic.progress().isEmpty()) || topic.delayed().delays().messages() > 0;
  }

  /**
   * Applies other settings.
   *
   * @throws RefusedException when a new topic cannot be opened; nothing was changed
   */
  public void apply(BrokerSettings next) throws RefusedException {
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
    topics.values().forEach(agenda::named);
  }

  /** The lowest id that messages from now on may get. */
  public long nextId() {
    return ids.take(0);
  }

  private Topic open(TopicSettings topic) {
    return Topic.open(topic, store.topic(topic.name()), ids, store.nonce(), barrier);
  }

  private void apply(Topic topic, TopicSettings next) {
    TopicSettings before = topic.settings();
    if (before.equals(next) && !hasNewLink(topic)) {
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

  /** Whether a subscriber was replaced by another with its name. */
  private boolean hasNewLink(Topic topic) {
    for (Subscription subscription : subscriptions.getOrDefault(topic, List.of())) {
      SubscriberLink link = links.get(subscription.subscriber);
      if (link == null || !subscription.isOf(link)) {
        return true;
      }
    }
    return false;
  }

  // ---- links ----------------------------------------------------------------------------------

  private void keepOrClose(SubscriberLink link) {
    SubscriberSettings next = settings.subscribers().get(link.name());
    if (next == null) {
      link.leaveAll(); // before its workers are let go: nothing is to be sent again to it
      link.close();
      links.remove(link.name());
    } else {
      link.apply(next);
    }
  }

  private void link(SubscriberSettings subscriber) {
    if (!links.containsKey(subscriber.name())) {
      String name = subscriber.name();
      SubscriberLink.Connector connector =
          place -> senders.sender(name, new SenderReports(inbox, place));
      links.put(name, new SubscriberLink(subscriber, agenda, timers, events, room, connector));
    }
  }

  // ---- subscriptions --------------------------------------------------------------------------

  /** Subscribes exactly the subscribers that the topic's settings name. */
  private void subscribe(Topic topic) {
    Map<String, Subscription> before = new LinkedHashMap<>();
    subscriptions
        .getOrDefault(topic, List.of())
        .forEach(subscription -> before.put(subscription.subscriber, subscription));
    List<Subscription> all = new ArrayList<>();
    for (String name : topic.settings().subscribers()) {
      SubscriberLink link = link(name);
      Subscription old = before.remove(name);
      if (old != null && old.isOf(link)) {
        link.settingsChanged(old);
        all.add(old);
      } else {
        if (old != null) {
          old.leave(); // its link is closed
        }
        all.add(join(topic, link));
      }
    }
    before.values().forEach(this::leave);
    subscriptions.put(topic, all);
    agenda.reconfigured(topic);
  }

  private void leave(Subscription subscription) {
    SubscriberLink link = links.get(subscription.subscriber);
    if (link != null && subscription.isOf(link)) {
      link.leave(subscription);
    } else {
      subscription.leave(); // its link is closed
    }
  }

  private Subscription join(Topic topic, SubscriberLink link) {
    Subscription subscription = new Subscription(topic, link.name(), link, agenda, timers);
    subscription.paused = pauses.covers(topic.settings().name(), link.name());
    link.join(subscription);
    return subscription;
  }

  /** The link to a subscriber that the settings name. */
  public SubscriberLink link(String name) {
    SubscriberLink link = links.get(name);
    if (link == null) {
      throw new IllegalStateException("unchecked subscriber " + name);
    }
    return link;
  }

  /** Tells the subscribers of these topics that there may be something to send. */
  public void lookReady(Iterable<Topic> changed) {
    for (Topic topic : changed) {
      for (Subscription subscription : subscriptions.getOrDefault(topic, List.of())) {
        subscription.look();
      }
    }
  }

  // ---- pausing and purging --------------------------------------------------------------------

  /** Applies the present pauses to every subscription. */
  public void pausesChanged() {
    for (List<Subscription> all : subscriptions.values()) {
      for (Subscription subscription : all) {
        String topic = subscription.topic.settings().name();
        subscription.paused = pauses.covers(topic, subscription.subscriber);
        subscription.look();
      }
    }
  }

  /** Removes an empty topic that the settings do not name. */
  public void dropIfEmpty(Topic topic) {
    String name = topic.settings().name();
    boolean isEmpty = topic.subscribers().isEmpty() && topic.delaying().delays().messages() == 0;
    if (isEmpty && !settings.topics().containsKey(name)) {
      topics.remove(name);
      subscriptions.remove(topic);
    }
  }

  /** The topics in the order of the settings, and then those they do not name. */
  public List<Topic> inOrder() {
    List<Topic> ordered = new ArrayList<>();
    settings.topics().keySet().forEach(name -> ordered.add(topic(name)));
    topics.forEach(
        (name, topic) -> {
          if (!settings.topics().containsKey(name)) {
            ordered.add(topic);
          }
        });
    return ordered;
  }

  /** A topic that is known by this name. */
  public Topic topic(String name) {
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
      events.detachedSubscriber(topic.settings().name(), queue.subscriber(), queue.backlog());
    }
  }
}
