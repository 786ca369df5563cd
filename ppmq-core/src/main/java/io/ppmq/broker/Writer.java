package io.ppmq.broker;

import io.ppmq.store.Expiring;
import io.ppmq.store.Store;
import io.ppmq.store.StoreException;
import io.ppmq.topic.Topic;
import io.ppmq.topic.TopicSettings;
import io.ppmq.topic.TopicStats;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The single-threaded middle of the broker: it owns the topics, the store and what is known of each
 * subscriber.
 *
 * <p>It works in turns. A turn takes everything that waits, applies it, commits it all together,
 * and only then chooses and pushes batches. So what a thousand producers sent meanwhile shares one
 * commit, and nothing is pushed that the store might still lose. A turn never sleeps; it says how
 * long the next may wait.
 *
 * <p>While a commit fails there is an {@link Outage}: the commit is tried again and again,
 * publishes wait or are refused, acknowledgements are applied and confirmed with the commit that
 * succeeds at last, and what was committed before goes on being delivered.
 *
 * <p>Everything happens on the thread that calls {@link #turn}.
 */
final class Writer {
  private static final long TOUCHED_SAVE_NANOS = 20_000_000L;
  private static final long TRIM_NANOS = 500_000_000L;
  private static final int TRIM_COMMANDS = 1000;
  private static final long TRIM_BYTES = 4 << 20;
  private static final int EXPIRING_MAX = 1000;
  private static final long WALL_CLOCK_CHECK_NANOS = 1_000_000_000L;
  private static final long READ_RETRY_NANOS = 1_000_000_000L;

  private final Store store;
  private final Clock clock;
  private final BrokerEvents events;
  private final Durability durability;
  private final Inbox inbox;
  private final Timers timers;
  private final Map<String, Topic> topics = new LinkedHashMap<>();
  private final Map<String, SubscriberLink> links = new LinkedHashMap<>();
  private final Map<Topic, List<Subscription>> subscriptions = new LinkedHashMap<>();

  private final Set<Topic> changed = new LinkedHashSet<>();
  private final Set<Topic> touched = new LinkedHashSet<>();
  private final Set<Topic> acknowledged = new LinkedHashSet<>();
  private Set<SubscriberLink> toDispatch = new LinkedHashSet<>();
  private final List<Answer> answers = new ArrayList<>();
  private boolean committedAny;
  private long uncommittedBytes;
  private final Outage outage = new Outage();
  private final IdSequence ids;
  private final PublishGate gate;
  private long committedIds;
  private boolean readFailing;
  private long expireAtNanos;
  private boolean saveTouched;
  private boolean touchedTimerSet;
  private int acknowledgements;
  private long bytesSinceTrim;
  private boolean trimDue = true;
  private boolean trimTimerSet;
  private long nowNanos;
  private long nowMillis;

  Writer(
      BrokerSettings settings,
      Store store,
      Clock clock,
      Senders senders,
      BrokerEvents events,
      Durability durability,
      Inbox inbox) {
    this.store = store;
    this.clock = clock;
    this.events = events;
    this.durability = durability;
    this.inbox = inbox;
    this.timers = new Timers(clock.nanos());
    readClocks();
    expireAtNanos = nowNanos;
    for (SubscriberSettings subscriber : settings.subscribers().values()) {
      links.put(subscriber.name(), new SubscriberLink(subscriber, this, senders));
    }
    this.ids = new IdSequence(store);
    this.gate = new PublishGate(store, ids, events);
    settings.topics().values().forEach(this::open);
    committedIds = ids.next();
  }

  private void open(TopicSettings topicSettings) {
    Topic topic = Topic.open(topicSettings, store.topic(topicSettings.name()), ids, store.nonce());
    topics.put(topicSettings.name(), topic);
    changed.add(topic);
    acknowledged.add(topic);
    List<Subscription> all = new ArrayList<>();
    for (String name : topicSettings.subscribers()) {
      SubscriberLink link = link(name);
      Subscription subscription = new Subscription(topic, link);
      link.subscriptions().put(topicSettings.name(), subscription);
      link.ready(subscription);
      all.add(subscription);
    }
    subscriptions.put(topic, all);
    topic.stats().queues().stream()
        .filter(queue -> !queue.attached() && queue.backlog() > 0)
        .forEach(
            queue ->
                events.detachedSubscriber(
                    topicSettings.name(), queue.subscriber(), queue.backlog()));
  }

  // ---- a turn ---------------------------------------------------------------------------------

  /** Whether the next turn can take tasks; not while too much waits for the end of an outage. */
  boolean takesTasks() {
    return outage.hasRoom();
  }

  /**
   * Takes a turn.
   *
   * @param tasks what came since the last one; empty unless {@link #takesTasks()}
   * @return for how many nanoseconds nothing needs a turn, unless a task comes
   */
  long turn(List<Inbox.Task> tasks) {
    readClocks();
    if (!outage.isOn()) {
      outage.takeHeld().forEach(this::apply);
      expire();
    } else if (outage.isLong(nowNanos)) {
      outage.takeHeld().forEach(publish -> refuse(publish, outage.reason()));
    }
    timers.run(nowNanos);
    tasks.forEach(this::apply);
    if (keep()) {
      return 0; // what was held comes first, and then batches
    }
    dispatch();
    if (outage.isOn()) {
      long retryNanos = outage.nanosToRetry(nowNanos);
      return toDispatch.isEmpty() ? timers.nanosToNext(clock.nanos(), retryNanos) : 0;
    }
    return toDispatch.isEmpty() && !store.isDirty() ? nanosToNext() : 0;
  }

  private void readClocks() {
    nowNanos = clock.nanos();
    nowMillis = clock.wallMillis();
  }

  private void apply(Inbox.Task task) {
    if (task instanceof Inbox.Task.Errand errand) {
      errand.what().accept(this);
    } else if (task instanceof Inbox.Task.Submitted submitted) {
      Submission submission = submitted.submission();
      bytesSinceTrim += submission.bytes();
      apply(submission);
    }
  }

  private void apply(Submission submission) {
    int messages = messagesIn(submission);
    if (messages > 0 && outage.isOn()) {
      if (!outage.hold(submission, nowNanos)) {
        refuse(submission, outage.reason());
      }
      return;
    }
    String refusal = messages > 0 ? gate.refusal(messages, submission.bytes(), nowNanos) : null;
    if (refusal != null) {
      refuse(submission, refusal);
      return;
    }
    submission.commands().forEach(this::apply);
    if (outage.isOn()) {
      outage.took(submission.bytes());
      inbox.committed(submission.bytes());
    } else {
      uncommittedBytes += submission.bytes();
    }
    if (submission.answer() != Answer.NONE) {
      answers.add(submission.answer());
    }
  }

  private static int messagesIn(Submission submission) {
    int messages = 0;
    for (Command command : submission.commands()) {
      messages += command instanceof Command.Publish publish ? publish.messages().size() : 0;
    }
    return messages;
  }

  private void refuse(Submission submission, String reason) {
    submission.answer().failed(reason);
    inbox.committed(submission.bytes());
  }

  private void apply(Command command) {
    if (command instanceof Command.Publish publish) {
      if (!publish.messages().isEmpty()) {
        Topic topic = topic(publish.topic());
        topic.publish(publish.messages(), nowMillis);
        changed.add(topic);
        readyAll(topic);
      }
    } else if (command instanceof Command.Acknowledge acknowledge) {
      if (acknowledge.keys().isEmpty()) {
        return;
      }
      Topic topic = topic(acknowledge.topic());
      topic.acknowledge(acknowledge.subscriber(), acknowledge.keys());
      changed.add(topic);
      trimLater(topic);
      SubscriberLink link = link(acknowledge.subscriber());
      link.acknowledged();
      ready(subscription(link, acknowledge.topic()));
    } else if (command instanceof Command.Redeliver redeliver) {
      SubscriberLink link = link(redeliver.subscriber());
      for (Subscription subscription : link.subscriptions().values()) {
        String only = redeliver.topic();
        if (only == null || subscription.topic == topic(only)) {
          subscription.redeliver();
        }
      }
      link.awake();
    }
  }

  private void readyAll(Topic topic) {
    for (Subscription subscription : subscriptions.getOrDefault(topic, List.of())) {
      ready(subscription);
    }
  }

  private static void ready(Subscription subscription) {
    if (subscription.isReady()) {
      subscription.link.ready(subscription);
    }
  }

  private void expire() {
    if (store.nextExpiryMillis() > nowMillis || nowNanos - expireAtNanos < 0) {
      return;
    }
    for (Expiring expiring : expiring()) {
      Topic topic = topics.get(expiring.topic());
      if (topic == null || !topic.expire(expiring)) {
        store.dismiss(expiring);
      } else {
        changed.add(topic);
        trimLater(topic);
        readyAll(topic);
      }
    }
  }

  private List<Expiring> expiring() {
    try {
      return store.expiring(nowMillis, EXPIRING_MAX);
    } catch (StoreException e) {
      readFailed(e);
      expireAtNanos = nowNanos + READ_RETRY_NANOS;
      return List.of();
    }
  }

  private void flush() {
    if (saveTouched) {
      saveTouched = false;
      changed.addAll(touched);
    }
    for (Topic topic : changed) {
      topic.flush(touched.remove(topic));
    }
    changed.clear();
  }

  /** Commits what there is to commit; true when that ended an outage. */
  private boolean keep() {
    if (outage.isOn()) {
      if (outage.nanosToRetry(nowNanos) > 0) {
        return false;
      }
      // An acknowledgement has forgotten its keyed message already: all of it is kept, or nothing.
      changed.forEach(topic -> topic.flush(false));
      if (!commit()) {
        return false;
      }
    }
    trim();
    flush(); // in an outage what was applied since it began goes into a commit of its own
    if (!commit()) {
      return false;
    }
    committed();
    boolean recovered = outage.isOn();
    if (recovered) {
      outage.end();
      topics.values().forEach(topic -> topic.hold(Long.MAX_VALUE));
      topics.values().forEach(this::readyAll);
      events.storeRecovered();
    }
    return recovered;
  }

  private boolean commit() {
    if (store.isDirty()) {
      try {
        store.commit();
        committedAny = true;
      } catch (StoreException e) {
        commitFailed(e);
        return false;
      }
    }
    return true;
  }

  private void committed() {
    committedIds = ids.next();
    if (committedAny || !answers.isEmpty()) {
      committedAny = false;
      durability.committed(List.copyOf(answers));
    }
    answers.clear();
    inbox.committed(uncommittedBytes);
    uncommittedBytes = 0;
  }

  private void commitFailed(StoreException e) {
    if (outage.begin(e.sentence(), nowNanos)) {
      topics.values().forEach(topic -> topic.hold(committedIds));
      inbox.committed(uncommittedBytes);
      uncommittedBytes = 0;
      events.storeFailing(e.sentence());
    }
  }

  private void dispatch() {
    Set<SubscriberLink> now = toDispatch;
    toDispatch = new LinkedHashSet<>();
    now.forEach(SubscriberLink::dispatch);
  }

  private long nanosToNext() {
    long max = Inbox.LONG_NANOS;
    long expiry = store.nextExpiryMillis();
    if (expiry <= nowMillis) {
      max = Math.max(0, expireAtNanos - nowNanos);
    } else if (expiry != Long.MAX_VALUE) {
      // The wall clock may jump, so it is looked at again and again.
      max = Math.min(WALL_CLOCK_CHECK_NANOS, TimeUnit.MILLISECONDS.toNanos(expiry - nowMillis));
    }
    return timers.nanosToNext(clock.nanos(), max);
  }

  /** Keeps what is better kept and lets go of the subscribers; no turn follows. */
  void stop() {
    links.values().forEach(SubscriberLink::close);
    outage.takeHeld().forEach(publish -> refuse(publish, outage.reason()));
    if (commitAll()) {
      committed();
    } else {
      answers.forEach(answer -> answer.failed("the broker stopped before it was committed"));
    }
  }

  private boolean commitAll() {
    topics.values().forEach(topic -> topic.flush(true));
    return commit();
  }

  // ---- giving back ----------------------------------------------------------------------------

  private void trimLater(Topic topic) {
    acknowledged.add(topic);
    acknowledgements++;
    if (!trimTimerSet) {
      trimTimerSet = true;
      timers.at(
          nowNanos + TRIM_NANOS,
          () -> {
            trimTimerSet = false;
            trimDue = true;
          });
    }
  }

  private void trim() {
    if (trimDue || acknowledgements >= TRIM_COMMANDS || bytesSinceTrim >= TRIM_BYTES) {
      acknowledged.forEach(Topic::trim);
      changed.addAll(acknowledged); // cursors are saved with what is dropped before them
      acknowledged.clear();
      acknowledgements = 0;
      bytesSinceTrim = 0;
      trimDue = false;
    }
  }

  // ---- what links need ------------------------------------------------------------------------

  long nowNanos() {
    return nowNanos;
  }

  long nowMillis() {
    return nowMillis;
  }

  Timers timers() {
    return timers;
  }

  BrokerEvents events() {
    return events;
  }

  void dispatchLater(SubscriberLink link) {
    toDispatch.add(link);
  }

  /** A topic was given something to do: what came of it is saved with the next commit. */
  void changed(Topic topic) {
    changed.add(topic);
  }

  /** A batch was pushed: how often its messages were sent is saved with some commit soon. */
  void touched(Topic topic) {
    touched.add(topic);
    if (!touchedTimerSet) {
      touchedTimerSet = true;
      timers.at(
          nowNanos + TOUCHED_SAVE_NANOS,
          () -> {
            touchedTimerSet = false;
            saveTouched = true;
          });
    }
  }

  /** Whether commits fail, so that some of what was applied is not to be chosen. */
  boolean isOutage() {
    return outage.isOn();
  }

  /** Reading failed and is to be tried again; nothing has changed. */
  void readFailed(StoreException e) {
    if (!readFailing) {
      readFailing = true;
      events.storeFailing(e.sentence());
    }
  }

  /** Reading for a batch went well. */
  void readSucceeded() {
    if (readFailing) {
      readFailing = false;
      events.storeRecovered();
    }
  }

  /** What the sender to this subscriber reports to: every report becomes an errand. */
  Sender.Link linkOf(String subscriber) {
    return new Sender.Link() {
      @Override
      public void opened() {
        inbox.errand(writer -> writer.link(subscriber).opened());
      }

      @Override
      public void pushed() {
        inbox.errand(writer -> writer.link(subscriber).pushed());
      }

      @Override
      public void failed(String reason) {
        inbox.errand(writer -> writer.link(subscriber).failed(reason));
      }

      @Override
      public void closed(boolean unread) {
        inbox.errand(writer -> writer.link(subscriber).closed(unread));
      }

      @Override
      public void appeared() {
        inbox.errand(writer -> writer.link(subscriber).awake());
      }
    };
  }

  private Topic topic(String name) {
    Topic topic = topics.get(name);
    if (topic == null) {
      throw new IllegalStateException("unchecked topic " + name);
    }
    return topic;
  }

  private SubscriberLink link(String name) {
    SubscriberLink link = links.get(name);
    if (link == null) {
      throw new IllegalStateException("unchecked subscriber " + name);
    }
    return link;
  }

  private static Subscription subscription(SubscriberLink link, String topic) {
    Subscription subscription = link.subscriptions().get(topic);
    if (subscription == null) {
      throw new IllegalStateException(link.name() + " is no subscriber of " + topic);
    }
    return subscription;
  }

  // ---- looking --------------------------------------------------------------------------------

  BrokerStats stats() {
    List<TopicStats> topicStats = new ArrayList<>();
    topics.values().forEach(topic -> topicStats.add(topic.stats()));
    List<BrokerStats.LinkStats> linkStats = new ArrayList<>();
    links
        .values()
        .forEach(link -> linkStats.add(new BrokerStats.LinkStats(link.name(), link.stateName())));
    return new BrokerStats(topicStats, linkStats, store.diskBytes());
  }

  List<io.ppmq.topic.PeekedMessage> peek(String topic, String subscriber, int max) {
    return topic(topic).peek(subscriber, max, nowMillis);
  }
}
