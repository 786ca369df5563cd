package io.ppmq.server;

import io.ppmq.broker.port.BrokerEvents;
import io.ppmq.store.StoreException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes the broker's events to the log, and ends the process on events that it cannot survive. */
final class EventLog implements BrokerEvents {
  /**
   * The exit status after a bug of the broker or the loss of the store: a supervisor starts the
   * broker again.
   */
  private static final int STATUS_FAILED = 1;

  /** The exit status if the store is damaged: a restart does not help, a repair does. */
  private static final int STATUS_DAMAGED = 65;

  private static final Logger LOG = LoggerFactory.getLogger("ppmq");

  private final IntConsumer halt;

  /**
   * The logged reason why the store fails; null while it works. Several threads notice a failure,
   * and one logs it.
   */
  private final AtomicReference<@Nullable String> failure = new AtomicReference<>();

  /** The logged reason why publishes are refused; null while they are not. */
  private final AtomicReference<@Nullable String> shortage = new AtomicReference<>();

  /** An event log that ends the process by calling {@code halt} with the exit status. */
  EventLog(IntConsumer halt) {
    this.halt = halt;
  }

  @Override
  public void unreachable(String subscriber, String reason) {
    LOG.info("subscriber {} is not reachable, its messages wait: {}", subscriber, reason);
  }

  @Override
  public void reachableAgain(String subscriber) {
    LOG.info("subscriber {} is reachable again", subscriber);
  }

  @Override
  public void storeFailing(String reason) {
    if (!reason.equals(failure.getAndSet(reason)) && !reason.equals(shortage.get())) {
      LOG.error("the store refuses writes, they are held and tried again: {}", reason);
    }
  }

  @Override
  public void publishesRefused(String reason) {
    if (!reason.equals(failure.get())) {
      shortage.set(reason);
      LOG.error("publishes are refused, deliveries and acknowledgements continue: {}", reason);
    }
  }

  @Override
  public void publishesAccepted() {
    if (shortage.getAndSet(null) != null) {
      LOG.info("publishes are accepted again");
    }
  }

  @Override
  public void unreadable(String topic, String subscriber, String reason) {
    LOG.error(
        "messages that wait in topic {} for subscriber {} cannot be read and stay in the store, all"
            + " else continues: {}",
        topic,
        subscriber,
        reason);
  }

  @Override
  public void storeRecovered() {
    if (failure.getAndSet(null) != null) {
      LOG.info("the store accepts writes again");
    }
  }

  @Override
  public void detachedSubscriber(String topic, String subscriber, long backlog) {
    LOG.warn(
        "topic {} keeps {} for subscriber {}, which the configuration no longer names",
        topic,
        messages(backlog),
        subscriber);
  }

  @Override
  public void rejected(String topic, String bound, long count) {
    LOG.warn("topic {} is full ({}): {} refused", topic, bound, messages(count));
  }

  @Override
  public void evicted(String topic, String bound, long count) {
    LOG.warn(
        "topic {} is full ({}): {} dropped to make room, the oldest of the lowest priority first",
        topic,
        bound,
        messages(count));
  }

  @Override
  public void blocked(String topic, String bound, long count) {
    LOG.warn(
        "topic {} is full ({}): {} not read until there is room",
        topic,
        bound,
        count == 1 ? "a producer is" : count + " producers are");
  }

  @Override
  public void died(String topic, String subscriber, @Nullable String deadLetter, long count) {
    LOG.warn(
        "{} of topic {} not acknowledged by subscriber {} within MaxDeliveries, or nacked with RetryAfter never: {}",
        messages(count),
        topic,
        subscriber,
        deadLetter == null
            ? "dropped, because there is no DeadLetter"
            : "now in topic " + deadLetter);
  }

  @Override
  public void backlogGrows(String topic, String subscriber, long backlog, long oldestAgeMillis) {
    LOG.warn(
        "topic {}: {} for subscriber {}, the oldest since {} minutes",
        topic,
        count(backlog, "message waits", "messages wait"),
        subscriber,
        TimeUnit.MILLISECONDS.toMinutes(oldestAgeMillis));
  }

  @Override
  public void backlogTakesDisk(String topic, String subscriber, long bytes, long percent) {
    LOG.warn(
        "topic {}: the messages that wait for subscriber {} take about {} MiB, {} % of the disk",
        topic, subscriber, bytes >> 20, percent);
  }

  @Override
  public void fillsUp(String topic, String bound, long percent) {
    LOG.warn("topic {}: {} % of its bound is used ({})", topic, percent, bound);
  }

  private static String messages(long count) {
    return count(count, "message", "messages");
  }

  private static String count(long count, String one, String many) {
    return count + " " + (count == 1 ? one : many);
  }

  @Override
  public void workersNeverTimeOut(String topic, int others, String subscriber) {
    LOG.warn(
        "a worker of {} that hangs keeps its batch of topic {} until its connection closes: the"
            + " topic has no AckRetry{}",
        subscriber,
        topic,
        others == 0 ? "" : ", nor have " + count(others, "other", "others") + " of its topics");
  }

  @Override
  public void refusedLate(String reason) {
    LOG.warn("refused a value that arrived before the configuration was reloaded: {}", reason);
  }

  @Override
  public void storeLost(StoreException reason) {
    LOG.error("the store failed in the middle of a command, ppMQ stops: {}", reason.sentence());
    halt.accept(reason.isDamage() ? STATUS_DAMAGED : STATUS_FAILED);
  }

  @Override
  public void bug(Throwable bug) {
    LOG.error("ppMQ has a bug and stops; please report the following", bug);
    halt.accept(STATUS_FAILED);
  }
}
