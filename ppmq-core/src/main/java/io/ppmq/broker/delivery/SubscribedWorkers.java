package io.ppmq.broker.delivery;

import io.ppmq.broker.port.BrokerEvents;
import io.ppmq.broker.port.Sender;
import io.ppmq.broker.port.Source;
import io.ppmq.broker.request.Answer;
import io.ppmq.broker.request.Command;
import io.ppmq.broker.request.Submission;
import io.ppmq.broker.turn.Errand;
import io.ppmq.broker.turn.Inbox;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The sources of submissions that have subscribed. Each is a worker of its subscriber, from its
 * first {@link Command.Subscribe} until the source ends or is no longer allowed to be a worker.
 * Owned by the writer's thread.
 */
public final class SubscribedWorkers {
  /**
   * One of them.
   *
   * @param first the command that made it one; a reload checks whether it is still allowed
   */
  private record Subscribed(
      Source source, Command.Subscribe first, SubscriberLink subscriber, WorkerLink link) {
    /**
     * The command that made it a worker, as if it was handed in now: for all topics, since some may
     * be gone.
     */
    Submission asSubmission() {
      Command again = new Command.Subscribe(first.subscriber(), null, 0);
      return new Submission(List.of(again), 0, Answer.NONE, source);
    }
  }

  private final IdentityHashMap<Source, Subscribed> all = new IdentityHashMap<>();

  /** How many topics in which nothing is sent again by time were told of, for each subscriber. */
  private final Map<String, Integer> told = new HashMap<>();

  private final Roster roster;
  private final Inbox inbox;
  private final BrokerEvents events;

  public SubscribedWorkers(Roster roster, Inbox inbox, BrokerEvents events) {
    this.roster = roster;
    this.inbox = inbox;
    this.events = events;
  }

  /** The worker of this subscriber for a source; null when it is none. */
  public @Nullable WorkerLink find(Source source, SubscriberLink subscriber) {
    Subscribed found = all.isEmpty() ? null : all.get(source);
    return found == null || found.subscriber != subscriber ? null : found.link;
  }

  /** Whether a source is a worker of any subscriber. */
  public boolean has(Source source) {
    return all.containsKey(source);
  }

  /** Makes a source a worker, or adds topics to it. */
  public void subscribe(Source source, Command.Subscribe command) {
    SubscriberLink subscriber = roster.link(command.subscriber());
    Subscribed known = all.get(source);
    if (known == null) {
      known = begin(source, command, subscriber);
    } else if (known.subscriber != subscriber) {
      throw new IllegalStateException("unchecked: a source of two subscribers");
    }
    if (command.messagesMax() > 0) {
      known.link.limitMessages(command.messagesMax());
    }
    if (command.topic() == null) {
      known.link.topics().addAll();
    } else {
      known.link.topics().add(command.topic());
    }
    subscriber.lookAgain();
  }

  private Subscribed begin(Source source, Command.Subscribe command, SubscriberLink subscriber) {
    WorkerLink link = subscriber.newWorker();
    Subscribed begun = new Subscribed(source, command, subscriber, link);
    all.put(source, begun);
    link.sendThrough(source.subscribe(new Reports(begun)));
    if (subscriber.workers() == 1) {
      tellWhereNothingTimesOut(subscriber);
    }
    return begun;
  }

  /** Once, and again when there are more or fewer such topics: workers come and go. */
  private void tellWhereNothingTimesOut(SubscriberLink subscriber) {
    String first = null;
    int count = 0;
    for (Subscription subscription : subscriber.subscriptions()) {
      if (subscription.topic.settings().ackRetryMillis() == 0) {
        first = first == null ? subscription.topicName() : first;
        count++;
      }
    }
    Integer before = told.put(subscriber.name(), count);
    if (first != null && (before == null || before != count)) {
      events.workersNeverTimeOut(first, count - 1, subscriber.name());
    }
  }

  /** Removes topics from a source; does nothing when it is no worker. */
  public void unsubscribe(Source source, Command.Unsubscribe command) {
    WorkerLink link = find(source, roster.link(command.subscriber()));
    if (link == null) {
      return;
    }
    if (command.topic() == null) {
      link.topics().removeAll();
    } else {
      link.topics().remove(command.topic());
    }
  }

  /** Applies other settings: sources that may no longer be workers are released. */
  public void settingsChanged() {
    told.keySet().retainAll(roster.links.keySet());
    for (Subscribed worker : new ArrayList<>(all.values())) {
      boolean sameLink = roster.links.get(worker.first.subscriber()) == worker.subscriber;
      if (!sameLink || roster.settings().refusal(worker.asSubmission()) != null) {
        end(worker);
      }
    }
  }

  private void end(Subscribed worker) {
    all.remove(worker.source);
    worker.subscriber.lost(worker.link);
  }

  /** The reports of the sender of a worker: on any thread, and carried out in a turn. */
  private final class Reports implements Sender.Link {
    private final Subscribed worker;

    Reports(Subscribed worker) {
      this.worker = worker;
    }

    @Override
    public void opened() {}

    @Override
    public void pushed() {
      tell(worker.link::pushed);
    }

    @Override
    public void failed(String reason) {
      tell(turn -> end(worker));
    }

    @Override
    public void closed(boolean unread) {
      tell(turn -> end(worker));
    }

    @Override
    public void appeared() {}

    private void tell(Errand what) {
      inbox.errand(
          turn -> {
            if (!worker.link.isGone()) {
              what.carryOut(turn);
            }
          });
    }
  }
}
