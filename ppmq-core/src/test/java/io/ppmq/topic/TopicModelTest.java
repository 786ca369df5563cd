package io.ppmq.topic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.ppmq.message.Bytes;
import io.ppmq.message.Delivery;
import io.ppmq.message.Message;
import io.ppmq.store.Expiring;
import io.ppmq.store.Origin;
import io.ppmq.store.Retained;
import io.ppmq.store.Store;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Gives the same random commands to a topic and to the {@link QueueModel}, and compares their
 * visible state after each one. {@code -Dseed=} and {@code -Dsteps=} repeat a run and make it
 * longer.
 */
abstract class TopicModelTest {
  private static final String TOPIC = "orders";
  private static final long BEFORE_ALL_MILLIS = 0;
  private static final int RUN_STEPS = 250;
  private static final int LINES_SHOWN = 60;

  /** An empty store. */
  abstract Store create() throws Exception;

  /**
   * The store as the next process finds it: uncommitted changes are lost. Null if the store cannot
   * lose anything.
   */
  abstract @Nullable Store lose(Store store) throws Exception;

  /** The number of steps of a normal run. */
  abstract int steps();

  @Test
  void topicDoesAsTheModelDoes() throws Exception {
    long seed = Long.getLong("seed", System.nanoTime());
    int steps = Integer.getInteger("steps", steps());
    System.out.println(getClass().getSimpleName() + ": -Dseed=" + seed + " -Dsteps=" + steps);
    for (int done = 0; done < steps; done += RUN_STEPS, seed++) {
      Run run = new Run(seed);
      try {
        run.go(Math.min(RUN_STEPS, steps - done));
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("-Dseed=" + seed + " -Dsteps=" + RUN_STEPS + "\n" + run.told(), e);
      } finally {
        run.store.close();
      }
    }
  }

  /** One of a subscriber's workers. */
  private record Member(String subscriber, int number) {
    @Override
    public String toString() {
      return subscriber + "'s " + number;
    }
  }

  /** The life of one topic. */
  private final class Run {
    final Random random;
    final ArrayDeque<String> log = new ArrayDeque<>();
    Store store;
    Topic topic;
    List<OneWorker.Each> workers;
    final int workersEach;
    QueueModel model;
    QueueModel committed;
    final Map<String, Long> brokerKeys = new HashMap<>();
    final Map<Long, List<String>> keysOfNumber = new HashMap<>();
    final Map<String, Set<String>> sentKeys = new HashMap<>();
    final Map<Member, Batch> pushing = new HashMap<>();
    final Map<String, BatchLimits> prepared = new HashMap<>();
    final Map<String, Bytes> requeuedKeys = new HashMap<>();
    final boolean dedupeAtFirst;
    long nowMillis = 1_800_000_000_000L;
    long nowNanos = Long.MAX_VALUE - 1_000_000_000L; // it may overflow
    long nextId;
    long reservedTo;
    int payloads;
    boolean uncommitted;

    Run(long seed) throws Exception {
      random = new Random(seed);
      dedupeAtFirst = random.nextBoolean();
      workersEach = 1 + random.nextInt(3);
      store = create();
      TopicSettings settings = settings();
      model = new QueueModel(settings);
      open(settings);
      commit();
    }

    String told() {
      return String.join("\n", log);
    }

    void tell(String line) {
      if (log.size() == LINES_SHOWN) {
        log.removeFirst();
      }
      log.add(line);
    }

    boolean chance(int percent) {
      return random.nextInt(100) < percent;
    }

    // ---- settings ---------------------------------------------------------------------------

    TopicSettings settings() {
      List<String> subscribers = new ArrayList<>();
      for (String name : List.of("ann", "bob", "cy")) {
        if (chance(60)) {
          subscribers.add(name);
        }
      }
      if (subscribers.isEmpty() && chance(90)) {
        subscribers.add("ann");
      }
      boolean dedupe = chance(20) != dedupeAtFirst;
      return new TopicSettings(
          TOPIC, subscribers, 0, dedupe, 1 + random.nextInt(4), chance(80), limits());
    }

    TopicLimits limits() {
      return new TopicLimits(
          chance(50) ? 1 + random.nextInt(30) : 0,
          chance(30) ? 1 + random.nextInt(900) : 0,
          chance(60) ? WhenFull.DROP_OLDEST : WhenFull.REJECT,
          chance(30) ? 1 + random.nextInt(4) : 0,
          null,
          0,
          false);
    }

    void open(TopicSettings settings) {
      nextId = store.firstFreeId();
      reservedTo = nextId;
      topic =
          Topic.open(
              settings, store.topic(TOPIC), this::takeIds, store.nonce(), new CommitBarrier());
      workers = new ArrayList<>();
      for (int i = 0; i < workersEach; i++) {
        workers.add(new OneWorker.Each(topic));
      }
      uncommitted = true;
      pushing.clear();
      takeDue();
    }

    long takeIds(int count) {
      if (nextId + count > reservedTo) {
        reservedTo = nextId + count + 100;
        store.reserveIds(reservedTo);
      }
      nextId += count;
      return nextId - count;
    }

    // ---- commands ---------------------------------------------------------------------------

    void go(int steps) throws Exception {
      for (int i = 0; i < steps; i++) {
        step();
        compare();
      }
      drain();
    }

    void step() throws Exception {
      List<String> subscribers = model.settings.subscribers();
      int what = random.nextInt(100);
      if (what < 25) {
        publish();
      } else if (what < 28) {
        requeue();
      } else if (what < 30) {
        delete();
      } else if (what < 34) {
        commit();
      } else if (what < 40) {
        clock();
      } else if (what < 44) {
        sweep();
      } else if (what < 48) {
        tell("trim");
        topic.trim();
      } else if (what < 50) {
        reopen();
      } else if (!subscribers.isEmpty()) {
        String subscriber = subscribers.get(random.nextInt(subscribers.size()));
        Member member = new Member(subscriber, random.nextInt(workersEach));
        if (what < 70) {
          push(member);
        } else if (what < 86) {
          acknowledge(subscriber);
        } else if (what < 91) {
          nack(member);
        } else {
          redeliver(member);
        }
      }
    }

    void publish() {
      List<Message> messages = new ArrayList<>();
      StringBuilder line = new StringBuilder("publish");
      for (int n = random.nextInt(chance(10) ? 40 : 5); n >= 0; n--) {
        Bytes key = chance(80) ? Bytes.utf8("key-" + random.nextInt(8)) : null;
        int size = chance(1) ? 40_000 : random.nextInt(60);
        Bytes payload = Bytes.utf8("m" + ++payloads + "." + "x".repeat(size));
        Instant expires =
            chance(25) ? Instant.ofEpochMilli(nowMillis + random.nextInt(4000) - 200) : null;
        messages.add(new Message(key, payload, expires, random.nextInt(7) - 1));
        line.append(" m").append(payloads).append('[');
        line.append(key == null ? "" : key.text()).append(" p");
        line.append(messages.get(messages.size() - 1).priority());
        line.append(expires == null ? "" : " until " + expires.toEpochMilli()).append(']');
      }
      tell(line.toString());
      if (!hasRoom(messages)) {
        return;
      }
      topic.publish(messages, nowMillis);
      model.publish(messages, nowMillis);
      uncommitted = true;
    }

    /** Whether the messages can be published, after making room for them if that is requested. */
    boolean hasRoom(List<Message> messages) {
      if (!model.settings.limits().isBounded() || model.settings.subscribers().isEmpty()) {
        return true;
      }
      assertThat(topic.room().hasRoom(messages)).as("has room").isEqualTo(model.hasRoom(messages));
      if (topic.room().refusal(messages) != null) {
        tell("refused: " + topic.room().refusal(messages));
        return false;
      }
      if (!topic.room().hasRoom(messages)
          && model.settings.limits().whenFull() == WhenFull.DROP_OLDEST) {
        commitIfNeeded();
        long evicted = topic.room().makeRoom(messages);
        tell("evicted " + evicted);
        assertThat(evicted).as("evicted").isEqualTo(model.makeRoom(messages));
      }
      return topic.room().hasRoom(messages);
    }

    /** Messages that were sent as often as allowed die. */
    void bury(String subscriber) {
      List<QueueModel.Version> expected = model.takeDead(subscriber, nowMillis);
      List<DeadMessage> dead = worker(subscriber).takeDead(nowMillis);
      dead.forEach(message -> tell("dead: " + message.payload().text()));
      for (int i = 0; i < dead.size() && i < expected.size(); i++) {
        model.dead.add(new QueueModel.Dead(expected.get(i), letter(subscriber, dead.get(i))));
      }
      assertThat(dead)
          .as("dead for %s", subscriber)
          .map(DeadMessage::payload)
          .isEqualTo(expected.stream().map(QueueModel.Version::payload).toList());
      uncommitted |= !dead.isEmpty();
    }

    Letter letter(String subscriber, DeadMessage dead) {
      return new Letter(
          Bytes.utf8("[" + dead.payload().text() + "]"),
          new Origin.Buried(
              TOPIC,
              subscriber,
              dead.producersKey(),
              dead.version(),
              dead.priority(),
              dead.expires(),
              1,
              null));
    }

    /** A message that died for a subscriber is queued again for that subscriber. */
    void requeue() {
      List<QueueModel.Dead> dead = new ArrayList<>(model.dead);
      dead.removeIf(message -> !model.settings.subscribers().contains(message.subscriber()));
      if (dead.isEmpty()) {
        return;
      }
      QueueModel.Dead chosen = dead.get(random.nextInt(dead.size()));
      Letter letter = chosen.letter();
      String refusal = topic.requeueRefusal(letter, nowMillis);
      tell("requeue " + letter.payload().text() + " for " + chosen.subscriber() + ": " + refusal);
      assertThat(refusal == null)
          .as("can be requeued")
          .isEqualTo(model.canRequeue(chosen, nowMillis));
      if (refusal == null && hasRoom(List.of(letter.original()))) {
        topic.requeue(letter, nowMillis);
        model.requeue(chosen, nowMillis);
        noteRequeued();
        uncommitted = true;
      }
    }

    /** A requeued message without a producer's key has a new key of the broker. */
    void noteRequeued() {
      Bytes key =
          store.topic(TOPIC).find(brokerKeyOf(nextId - 1)) == null ? null : brokerKeyOf(nextId - 1);
      if (key != null) {
        requeuedKeys.put(key.text(), model.lastRequeuedKey());
      }
    }

    Bytes brokerKeyOf(long id) {
      return (model.settings.dedupe()
              ? BrokerKey.besideProducersKeys(store.nonce())
              : BrokerKey.plain())
          .of(id);
    }

    /** A queued message is deleted for all subscribers. */
    void delete() {
      List<String> subscribers = List.copyOf(topic.subscribers());
      if (subscribers.isEmpty()) {
        return;
      }
      commitIfNeeded();
      String subscriber = subscribers.get(random.nextInt(subscribers.size()));
      List<PeekedMessage> seen = new ArrayList<>(topic.peek(subscriber, 100_000, nowMillis));
      seen.removeIf(PeekedMessage::replaced);
      if (seen.isEmpty() || model.queues.get(subscriber).unsure) {
        return;
      }
      Delivery chosen = seen.get(random.nextInt(seen.size())).delivery();
      tell("delete " + keyed(chosen) + ", queued for " + subscriber);
      assertThat(topic.delete(chosen.key())).isTrue();
      assertThat(topic.delete(chosen.key())).as("deleted twice").isFalse();
      model.delete(subscriber, chosen.payload());
      uncommitted = true;
    }

    void commit() {
      tell("commit");
      topic.flush();
      store.commit();
      uncommitted = false;
      model.saved();
      committed = new QueueModel(model);
    }

    void commitIfNeeded() {
      if (uncommitted || store.isDirty()) {
        commit();
      }
    }

    void clock() {
      nowMillis += chance(80) ? random.nextInt(900) : -random.nextInt(900);
      nowNanos += random.nextInt(900_000_000);
      tell("clock " + nowMillis);
      takeDue();
    }

    void sweep() {
      commitIfNeeded();
      tell("sweep");
      while (store.nextExpiryMillis() <= nowMillis) {
        for (Expiring expiring : store.expiring(nowMillis, 1 + random.nextInt(5))) {
          if (!topic.expire(expiring)) {
            store.dismiss(expiring);
          } else if (expiring.key() != null) {
            Bytes key = expiring.key();
            model.listedAgain(requeuedKeys.getOrDefault(key.text(), key));
          }
        }
        commit();
      }
      topic.expireOut(nowMillis);
      model.sweep(nowMillis);
      commit();
    }

    OneWorker worker(String subscriber) {
      return workers.get(0).of(subscriber);
    }

    OneWorker worker(Member member) {
      return workers.get(member.number()).of(member.subscriber());
    }

    void push(Member member) {
      if (pushing.containsKey(member)) {
        pushing.remove(member);
        if (chance(75)) {
          pushed(member);
        } else {
          tell("push to " + member + " failed");
          worker(member).failed();
          model.failed(member.subscriber(), member.number());
        }
        uncommitted = true;
      } else if (worker(member).isReady()) {
        BatchLimits limits = prepared.remove(member.subscriber());
        choose(member, limits != null && chance(80) ? limits : batchLimits());
        if (pushing.containsKey(member) && chance(60)) {
          push(member);
        }
      }
    }

    void pushed(Member member) {
      tell("pushed to " + member);
      worker(member).pushed();
      model.pushed(member.subscriber(), member.number());
      bury(member.subscriber());
      uncommitted = true;
      if (chance(70)) {
        prepare(member.subscriber());
      }
    }

    /** Prepares the next batch, which has no visible effect. */
    void prepare(String subscriber) {
      commitIfNeeded();
      BatchLimits limits = batchLimits();
      prepared.put(subscriber, limits);
      tell("prepared for " + subscriber + ": " + (worker(subscriber).prepare(limits) != null));
    }

    BatchLimits batchLimits() {
      return new BatchLimits(random.nextInt(9) + 1, chance(70) ? 1 << 20 : 100);
    }

    @Nullable Batch choose(Member member, BatchLimits limits) {
      commitIfNeeded();
      String subscriber = member.subscriber();
      List<QueueModel.Expected> expected =
          model.choose(subscriber, member.number(), limits, nowMillis);
      Batch batch = worker(member).choose(limits, nowMillis);
      while (batch == null && worker(member).isReady()) {
        batch = worker(member).choose(limits, nowMillis);
      }
      List<Delivery> deliveries = batch == null ? List.of() : batch.deliveries();
      tell("chosen for " + member + ", " + limits + ":");
      deliveries.forEach(delivery -> tell("  " + keyed(delivery)));
      assertThat(deliveries).map(QueueModel::line).isEqualTo(lines(expected));
      for (int i = 0; i < deliveries.size(); i++) {
        checkKey(deliveries.get(i), expected.get(i).version());
        sentKeys
            .computeIfAbsent(subscriber, name -> new HashSet<>())
            .add(deliveries.get(i).key().text());
      }
      if (batch != null) {
        pushing.put(member, batch);
      }
      return batch;
    }

    String keyed(Delivery delivery) {
      return delivery.key().text() + " = " + QueueModel.line(delivery);
    }

    List<String> lines(List<QueueModel.Expected> expected) {
      return expected.stream().map(QueueModel::line).toList();
    }

    /**
     * A producer's key is delivered unchanged; a broker's key is never used for a second message.
     */
    void checkKey(Delivery delivery, QueueModel.Version version) {
      if (version.keyed()) {
        assertThat(delivery.key()).isEqualTo(version.key());
        return;
      }
      if (version.key() != null) {
        assertThat(requeuedKeys.get(delivery.key().text())).isEqualTo(version.key());
        return;
      }
      String key = delivery.key().text();
      Long number = brokerKeys.putIfAbsent(key, version.number());
      assertThat(number == null || number == version.number())
          .as("key %s came twice", key)
          .isTrue();
      List<String> keys = keysOfNumber.computeIfAbsent(version.number(), n -> new ArrayList<>());
      if (!keys.contains(key)) {
        keys.add(key);
      }
      assertThat(keys.size()).as("keys of one message: %s", keys).isLessThanOrEqualTo(2);
    }

    void acknowledge(String subscriber) {
      List<String> keys = new ArrayList<>();
      List<String> known = new ArrayList<>(sentKeys.getOrDefault(subscriber, Set.of()));
      known.sort(null);
      if (chance(60)) {
        for (QueueModel.Out out : model.queues.get(subscriber).out) {
          if (chance(75)) {
            keys.add(keyOf(out.version));
          }
        }
      }
      for (int n = known.isEmpty() || chance(40) ? 0 : random.nextInt(3); n > 0; n--) {
        keys.add(known.get(random.nextInt(known.size())));
      }
      if (chance(5)) {
        keys.add("nobody's key");
      }
      acknowledge(subscriber, keys);
    }

    /** Nacks some messages that are, were or never were in flight with it. */
    void nack(Member member) {
      String subscriber = member.subscriber();
      List<String> keys = new ArrayList<>();
      for (QueueModel.Out out : model.queues.get(subscriber).out) {
        if (chance(50)) {
          keys.add(keyOf(out.version));
        }
      }
      List<String> known = new ArrayList<>(sentKeys.getOrDefault(subscriber, Set.of()));
      known.sort(null);
      if (!known.isEmpty() && chance(30)) {
        keys.add(known.get(random.nextInt(known.size())));
      }
      long[] retryAfter = {0, Nack.BY_ATTEMPTS, Nack.NEVER, 700, 1 + random.nextInt(3000)};
      Nack nack = new Nack(retryAfter[random.nextInt(retryAfter.length)], null);
      tell(member + " nacks " + keys + " " + nack);
      for (String key : keys) {
        Long number = brokerKeys.get(key);
        Bytes keyed = number == null ? requeuedKeys.getOrDefault(key, Bytes.utf8(key)) : null;
        QueueModel.NackAt at = new QueueModel.NackAt(nack, nowNanos, nowMillis);
        model.nack(subscriber, member.number(), number == null ? 0 : number, keyed, at);
      }
      worker(member).nack(nack, nowNanos, nowMillis, keys.toArray(String[]::new));
      if (!pushing.containsKey(member)) {
        bury(subscriber);
      }
      uncommitted = true;
    }

    void takeDue() {
      for (String subscriber : model.settings.subscribers()) {
        boolean due = worker(subscriber).takeDue(nowNanos, nowMillis);
        assertThat(due)
            .as("something nacked is due for " + subscriber)
            .isEqualTo(model.takeDue(subscriber, nowNanos, nowMillis));
        uncommitted |= due;
      }
    }

    String keyOf(QueueModel.Version version) {
      if (version.keyed()) {
        return version.key().text();
      }
      for (Map.Entry<String, Bytes> requeued : requeuedKeys.entrySet()) {
        if (requeued.getValue().equals(version.key())) {
          return requeued.getKey();
        }
      }
      List<String> keys = keysOfNumber.get(version.number());
      return keys.get(keys.size() - 1);
    }

    void acknowledge(String subscriber, List<String> keys) {
      List<String> asked = new ArrayList<>();
      for (String key : keys) {
        Long number = brokerKeys.get(key);
        if (number == null || isSurelySent(subscriber, number)) {
          asked.add(key);
          model.acknowledge(
              subscriber,
              number == null ? 0 : number,
              number == null ? requeuedKeys.getOrDefault(key, Bytes.utf8(key)) : null);
        }
      }
      tell(subscriber + " acknowledges " + asked);
      worker(subscriber).acknowledge(asked.stream().map(Bytes::utf8).toList());
      uncommitted = true;
    }

    /** After a crash it is unknown whether a waiting message was ever chosen. */
    boolean isSurelySent(String subscriber, long number) {
      return model.queues.get(subscriber).queued.stream()
          .noneMatch(waiting -> waiting.version().number() == number);
    }

    void redeliver(Member member) {
      tell("redeliver to " + member);
      worker(member).redeliver();
      model.redeliver(member.subscriber(), member.number());
      if (!pushing.containsKey(member)) {
        bury(member.subscriber());
      }
    }

    // ---- opening anew -----------------------------------------------------------------------

    void reopen() throws Exception {
      TopicSettings settings = chance(40) ? model.settings : settings();
      int how = random.nextInt(3);
      if (how == 0) {
        commit();
        tell("stop; open with " + settings);
        Store lost = chance(30) ? lose(store) : null;
        store = lost == null ? store : lost;
        model.reopen(settings, false);
      } else {
        if (how == 1) {
          commit();
        }
        Store lost = how == 1 && chance(70) ? null : lose(store);
        if (lost == null) {
          commit();
        } else {
          store = lost;
        }
        tell("crash; open with " + settings);
        model = new QueueModel(committed);
        model.reopen(settings, true);
      }
      open(settings);
      sweep();
      recall();
      commit();
    }

    void recall() {
      for (String subscriber : model.settings.subscribers()) {
        if (model.queues.get(subscriber).unsure) {
          List<QueueModel.Seen> seen = new ArrayList<>();
          for (PeekedMessage peeked : topic.peek(subscriber, 100_000, BEFORE_ALL_MILLIS)) {
            if (peeked.state() == PeekedMessage.State.NACKED) {
              continue; // a nack is kept, and kept state is known
            }
            QueueModel.Version version = model.versionOf(subscriber, peeked.delivery().payload());
            seen.add(
                new QueueModel.Seen(
                    version,
                    peeked.state() == PeekedMessage.State.REDELIVER,
                    peeked.delivery().attempt()));
          }
          assertThat(model.recall(subscriber, seen)).as("%s saw %s", subscriber, seen).isNull();
        }
      }
    }

    // ---- comparing --------------------------------------------------------------------------

    void compare() {
      assertThat(topic.subscribers().containsAll(model.settings.subscribers()))
          .as("%s are %s", topic.subscribers(), model.settings.subscribers())
          .isTrue();
      Retained retained = topic.stats().limits().retained();
      assertThat(retained != null).isEqualTo(model.settings.limits().isBounded());
      if (retained != null) {
        assertThat(retained)
            .as("retained")
            .isEqualTo(new Retained(model.retainedMessages(), model.retainedBytes()));
      }
      for (QueueStats stats : topic.stats().queues()) {
        String subscriber = stats.subscriber();
        boolean attached = model.settings.subscribers().contains(subscriber);
        assertThat(stats.attached()).as("%s attached", subscriber).isEqualTo(attached);
        if (attached) {
          compare(stats, subscriber);
        } else if (!model.queues.get(subscriber).unsure) {
          assertThat(stats.backlog())
              .as("backlog of %s, detached", subscriber)
              .isEqualTo(model.backlog(subscriber));
        }
      }
    }

    void compare(QueueStats stats, String subscriber) {
      List<PeekedMessage> peeked = topic.peek(subscriber, 100_000, nowMillis);
      if (!uncommitted && !store.isDirty()) {
        assertThat(peeked)
            .as("peek of %s", subscriber)
            .filteredOn(message -> message.state() == PeekedMessage.State.NACKED)
            .map(message -> QueueModel.line(message.delivery()))
            .containsExactlyInAnyOrderElementsOf(lines(model.peekNacked(subscriber, nowMillis)));
        assertThat(peeked)
            .as("peek of %s", subscriber)
            .filteredOn(message -> message.state() != PeekedMessage.State.NACKED)
            .map(message -> QueueModel.line(message.delivery()))
            .isEqualTo(lines(model.peek(subscriber, nowMillis)));
        assertThat(exported(subscriber))
            .as("export for %s", subscriber)
            .containsExactlyInAnyOrderElementsOf(
                peeked.stream()
                    .filter(message -> !message.replaced())
                    .map(message -> message.state() + " " + QueueModel.line(message.delivery()))
                    .toList());
        assertThat(stats.oldestMillis() > 0)
            .as("something waits for %s", subscriber)
            .isEqualTo(stats.backlog() > 0);
      }
      assertThat(stats.backlog())
          .as("backlog of %s", subscriber)
          .isEqualTo(model.backlog(subscriber));
      assertThat(stats.nacked()).as("nacked by %s", subscriber).isEqualTo(model.nacked(subscriber));
      assertThat(stats.inFlight())
          .as("in flight to %s", subscriber)
          .isEqualTo(model.inFlight(subscriber));
      for (int i = 0; i < workersEach; i++) {
        Member member = new Member(subscriber, i);
        boolean ready = model.isReady(subscriber, i);
        if (ready || !model.isPerhapsReady(subscriber, i)) {
          assertThat(worker(member).isReady()).as("%s is ready", member).isEqualTo(ready);
        }
      }
    }

    /** An export of the messages of one subscriber. */
    List<String> exported(String subscriber) {
      List<String> lines = new ArrayList<>();
      ExportPosition position = ExportPosition.START;
      String asked = chance(50) ? subscriber : null;
      while (position != null) {
        ExportPage page = topic.export(asked, position, nowMillis);
        for (ExportedMessage message : page.messages()) {
          Delivery first = message.delivery();
          message.queues().stream()
              .filter(queue -> queue.subscriber().equals(subscriber))
              .map(
                  queue ->
                      queue.state()
                          + " "
                          + QueueModel.line(
                              new Delivery(
                                  first.key(),
                                  first.payload(),
                                  first.expires(),
                                  first.priority(),
                                  queue.attempt())))
              .forEach(lines::add);
        }
        position = page.next();
      }
      return lines;
    }

    /** Every waiting message is delivered and acknowledged; then nothing is left. */
    void drain() throws Exception {
      tell("drain");
      sweep();
      if (model.queues.isEmpty()) {
        return;
      }
      TopicSettings old = model.settings;
      model.reopen(
          new TopicSettings(
              TOPIC,
              List.copyOf(model.queues.keySet()),
              0,
              old.dedupe(),
              old.priorities(),
              old.expire()),
          false);
      commit();
      open(model.settings);
      sweep();
      recall();
      nowNanos += 3_600_000_000_000L;
      takeDue();
      for (String subscriber : model.settings.subscribers()) {
        Member member = new Member(subscriber, 0);
        while (worker(member).isReady() && choose(member, OneTopic.BATCH) != null) {
          Batch batch = pushing.remove(member);
          pushed(member);
          acknowledge(subscriber, batch.deliveries().stream().map(d -> d.key().text()).toList());
          commit();
          compare();
        }
      }
      assertThat(model.isEmpty()).isTrue();
      topic.trim();
      commit();
      if (!model.dismissedAny()) {
        checkNothingKept();
      }
    }

    void checkNothingKept() throws Exception {
      assertThat(store.topic(TOPIC).priorities()).as("logs that hold something").isEmpty();
      assertThat(store.expiring(Long.MAX_VALUE - 1, 1)).as("what expires").isEmpty();
      for (int i = 0; i < 8; i++) {
        Bytes key = Bytes.utf8("key-" + i);
        if (store.topic(TOPIC).find(key) != null) {
          fail(key.text() + " is kept for nobody");
        }
      }
    }
  }
}
