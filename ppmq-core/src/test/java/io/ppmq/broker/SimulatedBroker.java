package io.ppmq.broker;

import io.ppmq.broker.administration.Administration;
import io.ppmq.broker.commit.NotKeptException;
import io.ppmq.broker.commit.Syncer;
import io.ppmq.broker.port.BrokerEvents;
import io.ppmq.broker.port.Clock;
import io.ppmq.broker.port.Senders;
import io.ppmq.broker.request.Pause;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.broker.request.Submission;
import io.ppmq.broker.settings.BrokerSettings;
import io.ppmq.broker.stats.BrokerStats;
import io.ppmq.broker.turn.Inbox;
import io.ppmq.broker.turn.Turn;
import io.ppmq.message.Bytes;
import io.ppmq.message.Delivery;
import io.ppmq.store.Store;
import io.ppmq.store.StoreException;
import io.ppmq.topic.PeekFilter;
import io.ppmq.topic.PeekedMessage;
import io.ppmq.topic.Purged;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.IntUnaryOperator;

/**
 * The broker without its threads: the real writer and the real syncer, which a simulation drives
 * step by step instead of the threads of {@link Broker}.
 */
public final class SimulatedBroker {
  private final Inbox inbox = new Inbox();
  private final Syncer syncer;
  private final Writer writer;
  private final Clock clock;
  private boolean ready = true;
  private boolean nudged;
  private boolean deposed;

  /** It is unknown whether a commit is kept: the broker has ended, and another must begin. */
  public static final class Abandoned extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Abandoned(String reason) {
      super(reason);
    }
  }

  /** Opens the topics in the store, as {@link Broker#start} does. */
  public SimulatedBroker(
      BrokerSettings settings, Store store, Clock clock, Senders senders, BrokerEvents events) {
    this.clock = clock;
    this.syncer = new Syncer(store, settings.sync(), events, clock);
    this.writer = new Writer(settings, store, clock, senders, events, syncer, inbox);
  }

  /**
   * Submits a small value: nothing makes room for it.
   *
   * @param applied runs when the writer has applied it, before its commit
   */
  public void submit(Submission submission, Runnable applied) {
    try {
      inbox.submit(submission, writer.settings());
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    afterwards(applied);
  }

  /** Runs an action in the writer's turn, after everything that was submitted before. */
  public void afterwards(Runnable what) {
    inbox.errand(
        turn -> {
          if (!deposed) {
            what.run();
          }
        });
    ready = true;
  }

  /** Whether everything that was applied is committed. */
  public boolean isCommitted() {
    return writer.isCommitted();
  }

  /** Whether work waits for the writer and it would take it. */
  public boolean isReady() {
    return nudged || (ready && writer.takesTasks());
  }

  /**
   * Takes a turn of the writer.
   *
   * @return for how many nanoseconds no turn is needed unless something is submitted
   * @throws StoreException where the program would end and be restarted
   * @throws Abandoned when it is unknown whether a commit is kept
   */
  public long turn() {
    boolean takes = writer.takesTasks();
    ready &= !takes;
    nudged = false;
    try {
      return writer.turn(takes ? inbox.take() : new ArrayList<>());
    } catch (NotKeptException e) {
      throw lost(String.valueOf(e.getMessage()));
    } catch (StoreException e) {
      throw writer.shares() ? lost(e.sentence()) : e;
    }
  }

  private Abandoned lost(String reason) {
    abandon(reason);
    return new Abandoned(reason);
  }

  /** Ends it as {@link Broker#abandon} does. */
  public void abandon(String reason) {
    inbox.close();
    writer.abandon(reason);
  }

  /** Another broker has replaced this one: from now on no events of its turns are reported. */
  public void depose() {
    deposed = true;
  }

  /** The outcome of a commit is known. */
  public void nudge() {
    nudged = true;
  }

  /** Whether a commit is being tried again. */
  public boolean isHeldUp() {
    return !writer.takesTasks();
  }

  /**
   * The time by which a sync may be put off; {@link Long#MAX_VALUE} if there is nothing to sync.
   */
  public long syncDelayNanos() {
    return syncer.delayNanos();
  }

  /** Syncs once. */
  public void sync() {
    syncer.sync();
  }

  /**
   * Stops as {@link Broker#stop} does; the caller closes the store.
   *
   * @param ending runs after the last turn
   * @throws Abandoned when it is abandoned in that turn instead
   */
  public void stop(Runnable ending) {
    inbox.close();
    if (writer.takesTasks()) {
      turn();
    }
    ending.run();
    writer.stop();
    if (!writer.shares()) {
      syncer.sync();
    }
  }

  /**
   * Pauses or resumes deliveries in the writer's next turn.
   *
   * @param done runs in that turn, unless it is refused
   */
  public void pause(Pause pause, boolean paused, Runnable done) {
    change(
        (asked, turn) -> {
          if (paused) {
            asked.pause(pause);
          } else {
            asked.resume(pause);
          }
        },
        done);
  }

  /**
   * Applies other settings from the writer's next turn on.
   *
   * @param done runs in that turn, unless it is refused
   */
  public void apply(BrokerSettings next, Runnable done) {
    change(
        (asked, turn) -> {
          asked.apply(next, turn);
          syncer.apply(next.sync());
        },
        done);
  }

  /** Empties all queues of a topic in the writer's next turn. */
  public void purge(String topic, Runnable done) {
    change((asked, turn) -> asked.purge(topic, turn), done);
  }

  /** Empties one queue of a topic, or a portion of it, as {@link Broker#purge} does. */
  public void purge(String topic, String subscriber, long before, Consumer<Purged> done) {
    change((asked, turn) -> done.accept(asked.purge(topic, subscriber, before, turn)), () -> {});
  }

  /**
   * Deletes one of the next messages of a subscriber, as {@link Broker#delete} does.
   *
   * @param which selects one of the existing messages
   * @param done receives the deleted message
   */
  public void delete(
      String topic, String subscriber, IntUnaryOperator which, Consumer<Delivery> done) {
    change(
        (asked, turn) -> {
          List<PeekedMessage> seen =
              new ArrayList<>(asked.peek(topic, subscriber, PeekFilter.ALL, 20, turn).messages());
          seen.removeIf(PeekedMessage::replaced);
          if (!seen.isEmpty()) {
            Delivery chosen = seen.get(which.applyAsInt(seen.size())).delivery();
            if (asked.delete(topic, chosen.key(), turn)) {
              done.accept(chosen);
            }
          }
        },
        () -> {});
  }

  /**
   * Deletes one of the delayed messages of a topic.
   *
   * @param which selects one of the existing messages
   * @param begun receives the message that is being deleted
   * @param done receives it when it is deleted
   */
  public void deleteDelayed(
      String topic, IntUnaryOperator which, Consumer<Delivery> begun, Runnable done) {
    change(
        (asked, turn) -> {
          PeekFilter delayed = new PeekFilter(null, null, PeekedMessage.State.DELAYED);
          List<PeekedMessage> seen = asked.peekDelayed(topic, delayed, 20).messages();
          if (!seen.isEmpty()) {
            Delivery chosen = seen.get(which.applyAsInt(seen.size())).delivery();
            begun.accept(chosen);
            if (asked.delete(topic, chosen.key(), turn)) {
              done.run();
            }
          }
        },
        () -> {});
  }

  /**
   * Requeues the message of a dead letter.
   *
   * @param wanted whether to do it when the writer's turn comes
   * @param done runs in that turn, unless it is refused
   */
  public void requeue(String grave, Bytes key, BooleanSupplier wanted, Runnable done) {
    change(
        (asked, turn) -> {
          if (wanted.getAsBoolean()) {
            asked.requeue(grave, key, turn);
            done.run();
          }
        },
        () -> {});
  }

  /**
   * Drops a dead letter.
   *
   * @param done runs in that turn, if there is such a letter
   */
  public void drop(String grave, Bytes key, Runnable done) {
    change(
        (asked, turn) -> {
          boolean there = asked.kept(grave, null, 1000).stream().anyMatch(k -> k.key().equals(key));
          asked.drop(grave, key);
          if (there) {
            done.run();
          }
        },
        () -> {});
  }

  private interface Change {
    void of(Administration asked, Turn turn) throws RefusedException;
  }

  private void change(Change change, Runnable done) {
    inbox.errand(
        turn -> {
          try {
            if (!deposed) {
              change.of(writer.administration(), turn);
              done.run();
            }
          } catch (RefusedException e) {
            // as in an outage
          }
        });
    ready = true;
  }

  /** The state of the broker. */
  public BrokerStats stats() {
    return writer.administration().stats(Turn.at(clock));
  }

  /** The delayed messages of a topic. */
  public List<PeekedMessage> peekDelayed(String topic) {
    try {
      PeekFilter delayed = new PeekFilter(null, null, PeekedMessage.State.DELAYED);
      return writer.administration().peekDelayed(topic, delayed, Integer.MAX_VALUE).messages();
    } catch (RefusedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The next messages of a subscriber of a topic. */
  public List<PeekedMessage> peek(String topic, String subscriber, int max) {
    try {
      return writer
          .administration()
          .peek(topic, subscriber, PeekFilter.ALL, max, Turn.at(clock))
          .messages();
    } catch (RefusedException e) {
      throw new IllegalStateException(e);
    }
  }
}
