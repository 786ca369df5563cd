package io.ppmq.broker;

import io.ppmq.broker.administration.Administration;
import io.ppmq.broker.port.BrokerEvents;
import io.ppmq.broker.port.Clock;
import io.ppmq.broker.port.Sender;
import io.ppmq.broker.port.Source;
import io.ppmq.broker.request.Answer;
import io.ppmq.broker.request.Command;
import io.ppmq.broker.request.ErrorCode;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.broker.request.Submission;
import io.ppmq.broker.settings.BrokerSettings;
import io.ppmq.broker.stats.BrokerStats;
import io.ppmq.broker.turn.Inbox;
import io.ppmq.broker.turn.Turn;
import io.ppmq.message.Bytes;
import io.ppmq.message.Message;
import io.ppmq.store.KeyedMessage;
import io.ppmq.store.Store;
import io.ppmq.store.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A broker on one thread: the real writer, whose turns the test takes, with a clock that the test
 * moves, subscribers without sockets, and a sync that happens at once. When a call returns, the
 * request and everything that follows from it is done.
 */
public final class HandDrivenBroker implements Clock, BrokerEvents {
  private static final long START_MILLIS = 1_800_000_000_000L;
  private static final int TURNS_MAX = 100_000;

  private final Store store;
  private final Inbox inbox = new Inbox();
  private final Writer writer;
  private final Map<String, List<FakeSubscriber>> subscribers = new LinkedHashMap<>();
  private final List<String> told = new ArrayList<>();
  private long nanos = 1;
  private long wallOffsetMillis = START_MILLIS;
  private long nextTurnNanos;

  HandDrivenBroker(Store store, BrokerSettings settings) throws InterruptedException {
    this.store = store;
    this.writer = new Writer(settings, store, this, this::sender, this, this::sync, inbox);
    settle();
  }

  private Sender sender(String name, Sender.Link link) {
    FakeSubscriber subscriber = new FakeSubscriber(link);
    subscribers.computeIfAbsent(name, of -> new ArrayList<>()).add(subscriber);
    return subscriber;
  }

  private void sync(List<Answer> waiting) {
    try {
      store.sync();
      waiting.forEach(Answer::confirmed);
    } catch (StoreException e) {
      waiting.forEach(answer -> answer.failed(e.sentence()));
    }
  }

  /** The newest place at a subscriber's socket. */
  FakeSubscriber subscriber(String name) {
    List<FakeSubscriber> places = subscribers.get(name);
    return places.get(places.size() - 1);
  }

  /** All places at a subscriber's socket, in the order of their creation. */
  List<FakeSubscriber> places(String name) {
    return subscribers.get(name);
  }

  /** Whether the held submissions leave no room for another large one. */
  boolean isHoldingLarge() {
    return writer.isHoldingLarge();
  }

  /** The events that an operator was notified of, one word each. */
  List<String> told() {
    return told;
  }

  // ---- asking ---------------------------------------------------------------------------------

  /** The outcome of a request; null while there is none. */
  static final class Confirm implements Answer {
    private @Nullable String outcome;

    @Override
    public void confirmed() {
      add("confirmed");
    }

    @Override
    public void failed(String reason) {
      add(ErrorCode.IN_DOUBT.word());
    }

    @Override
    public void refused(ErrorCode code, String reason) {
      add(code.word());
    }

    private void add(String word) {
      outcome = outcome == null ? word : outcome + ", " + word;
    }

    /** "confirmed", or the name of the code. */
    @Nullable String outcome() {
      return outcome;
    }
  }

  Confirm publish(String topic, String... payloads) throws InterruptedException {
    return submit(publishing(topic, payloads));
  }

  static Command publishing(String topic, String... payloads) {
    List<Message> messages = new ArrayList<>();
    for (String payload : payloads) {
      messages.add(new Message(Bytes.utf8(payload), Bytes.utf8(payload), null, 0));
    }
    return new Command.Publish(topic, messages);
  }

  /** Submits commands of different peers at the same time. */
  void submitApart(List<Command> commands) throws InterruptedException {
    for (Command command : commands) {
      inbox.submit(new Submission(List.of(command), 1, Answer.NONE), writer.settings());
    }
    settle();
  }

  /** The messages that a topic keeps under keys. */
  List<KeyedMessage> kept(String topic) {
    try {
      return writer.administration().kept(topic, null, 100);
    } catch (RefusedException e) {
      throw new AssertionError(e);
    }
  }

  Confirm acknowledge(String topic, String subscriber, List<Bytes> keys)
      throws InterruptedException {
    return submit(new Command.Acknowledge(topic, subscriber, keys));
  }

  /** Acknowledges the last batch of a topic for a subscriber. */
  Confirm acknowledgeLast(String topic, String subscriber) throws InterruptedException {
    return acknowledge(topic, subscriber, subscriber(subscriber).keysOfLast(topic));
  }

  Confirm reconnect(String subscriber, @Nullable String topic) throws InterruptedException {
    return submit(new Command.Redeliver(subscriber, topic));
  }

  // ---- what an administrator asks -------------------------------------------------------------

  /** A request to the writer. */
  interface Asked<T> {
    T of(Administration asked, Turn turn) throws RefusedException;
  }

  /** Makes the writer change something and commit it; returns its answer. */
  <T> T ask(Asked<T> asked) throws Exception {
    CompletableFuture<T> answer = askWithoutTurns(asked);
    settle();
    try {
      return answer.get(0, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RefusedException refused ? refused : e;
    }
  }

  /** Leaves a request to the writer; the test takes the turns. */
  <T> CompletableFuture<T> askWithoutTurns(Asked<T> asked) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    inbox.errand(
        turn -> {
          try {
            answer.complete(asked.of(writer.administration(), turn));
          } catch (RefusedException e) {
            answer.completeExceptionally(e);
          }
        });
    return answer;
  }

  /** Applies other settings. */
  void apply(BrokerSettings settings) throws Exception {
    ask(
        (w, turn) -> {
          w.apply(settings, turn);
          return true;
        });
  }

  /** Submits a command that was checked against these settings, which may have changed since. */
  Confirm submitCheckedBy(BrokerSettings settings, Command command) throws InterruptedException {
    Confirm confirm = new Confirm();
    inbox.submit(new Submission(List.of(command), 1, confirm), settings);
    settle();
    return confirm;
  }

  Confirm submit(Command... commands) throws InterruptedException {
    return submitFrom(Source.patient(), commands);
  }

  Confirm submitFrom(Source source, Command... commands) throws InterruptedException {
    Confirm confirm = new Confirm();
    inbox.submit(new Submission(List.of(commands), 1, confirm, source), writer.settings());
    settle();
    return confirm;
  }

  // ---- time -----------------------------------------------------------------------------------

  /** Takes turns until there is nothing to do before a later moment. */
  void settle() throws InterruptedException {
    for (int turn = 0; turn < TURNS_MAX; turn++) {
      List<Inbox.Task> tasks = writer.takesTasks() ? inbox.take() : new ArrayList<>();
      if (turn > 0 && nextTurnNanos > 0 && tasks.isEmpty()) {
        return;
      }
      nextTurnNanos = writer.turn(tasks);
    }
    throw new AssertionError("the broker is not done after " + TURNS_MAX + " turns");
  }

  /** Lets time pass; the broker does everything that falls due, at its time. */
  public void pass(Duration duration) throws InterruptedException {
    long end = nanos + duration.toNanos();
    settle(); // work that has arrived does not wait for the clock
    while (nanos < end) {
      nanos = Math.min(end, nanos + Math.max(1, nextTurnNanos));
      settle();
    }
  }

  /** The time until the next work, if there is no request. */
  Duration untilNextTurn() {
    return Duration.ofNanos(nextTurnNanos);
  }

  void moveWallClock(Duration by) throws InterruptedException {
    setWallClock(by);
    settle();
  }

  /** Sets the time of day without the broker's notice. */
  void setWallClock(Duration by) {
    wallOffsetMillis += by.toMillis();
  }

  /** Takes one turn with everything submitted so far. */
  void turn() {
    nextTurnNanos = writer.turn(writer.takesTasks() ? inbox.take() : new ArrayList<>());
  }

  /** The time for which the broker sleeps unless something arrives. */
  long nanosToNextTurn() {
    return nextTurnNanos;
  }

  /** Submits a command; the test takes the turns. */
  Confirm submitWithoutTurns(Command command) throws InterruptedException {
    Confirm confirm = new Confirm();
    inbox.submit(new Submission(List.of(command), 1, confirm), writer.settings());
    return confirm;
  }

  /**
   * Submits a command of this size, which waits in the inbox when this returns. A thread stays
   * blocked until it is committed, like that of a connection.
   */
  Confirm submitWithoutTurns(Command command, int bytes) throws InterruptedException {
    Confirm confirm = new Confirm();
    Thread thread =
        new Thread(
            () -> {
              try {
                inbox.submit(new Submission(List.of(command), bytes, confirm), writer.settings());
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    thread.setDaemon(true);
    thread.start();
    while (!inbox.isFull()) {
      Thread.sleep(1);
    }
    return confirm;
  }

  /** Lets time pass without the broker's notice. */
  void skip(Duration duration) {
    nanos += duration.toNanos();
  }

  /** Submits other settings; the test takes the turns. */
  void applyWithoutTurns(BrokerSettings settings) throws InterruptedException {
    inbox.errand(
        turn -> {
          try {
            writer.administration().apply(settings, turn);
          } catch (RefusedException e) {
            throw new AssertionError(e);
          }
        });
  }

  /** The state of the broker, without a turn. */
  BrokerStats standing() {
    return writer.administration().stats(Turn.at(this));
  }

  @Override
  public long wallMillis() {
    return wallOffsetMillis + nanos / 1_000_000;
  }

  @Override
  public long nanos() {
    return nanos;
  }

  /** Stops in the normal way. */
  void stop() {
    writer.stop();
  }

  /** Ends without another commit. */
  void abandon(String reason) {
    writer.abandon(reason);
  }

  // ---- events ---------------------------------------------------------------------------------

  @Override
  public void unreachable(String subscriber, String reason) {
    told.add("unreachable " + subscriber);
  }

  @Override
  public void reachableAgain(String subscriber) {
    told.add("reachable " + subscriber);
  }

  @Override
  public void workersNeverTimeOut(String topic, int others, String subscriber) {
    told.add("nothing of " + topic + " and " + others + " more times out for " + subscriber);
  }

  @Override
  public void storeFailing(String reason) {
    told.add("store failing");
  }

  @Override
  public void storeRecovered() {
    told.add("store recovered");
  }

  @Override
  public void publishesRefused(String reason) {
    told.add("publishes refused");
  }

  @Override
  public void publishesAccepted() {
    told.add("publishes accepted");
  }

  @Override
  public void detachedSubscriber(String topic, String subscriber, long backlog) {
    told.add("detached " + subscriber);
  }

  @Override
  public void rejected(String topic, String bound, long count) {
    told.add("rejected " + topic + " " + count);
  }

  @Override
  public void evicted(String topic, String bound, long count) {
    told.add("evicted " + topic + " " + count);
  }

  @Override
  public void died(String topic, String subscriber, @Nullable String deadLetter, long count) {
    told.add("died " + topic + " " + subscriber + " " + count);
  }

  @Override
  public void backlogGrows(String topic, String subscriber, long backlog, long oldestAgeMillis) {
    told.add("backlog " + topic + " " + subscriber + " " + backlog);
  }

  @Override
  public void backlogTakesDisk(String topic, String subscriber, long bytes, long percent) {
    told.add("disk " + topic + " " + subscriber + " " + percent + " %");
  }

  @Override
  public void refusedLate(String reason) {
    told.add("refused late");
  }

  @Override
  public void storeLost(StoreException reason) {
    throw new AssertionError(reason);
  }

  @Override
  public void bug(Throwable bug) {
    throw new AssertionError(bug);
  }
}
