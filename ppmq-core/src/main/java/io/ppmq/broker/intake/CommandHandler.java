package io.ppmq.broker.intake;

import io.ppmq.broker.commit.Answers;
import io.ppmq.broker.delivery.Roster;
import io.ppmq.broker.delivery.SubscribedWorkers;
import io.ppmq.broker.delivery.SubscriberLink;
import io.ppmq.broker.delivery.Subscription;
import io.ppmq.broker.delivery.WorkerLink;
import io.ppmq.broker.port.Source;
import io.ppmq.broker.request.Answer;
import io.ppmq.broker.request.Command;
import io.ppmq.broker.request.Submission;
import io.ppmq.broker.turn.Agenda;
import io.ppmq.broker.turn.Turn;
import io.ppmq.message.Bytes;
import io.ppmq.topic.Nack;
import io.ppmq.topic.Topic;
import io.ppmq.topic.Worker;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Carries out commands whose names were checked: it changes topics, and notes the consequences on
 * the {@link Agenda}. Owned by the writer's thread.
 */
public final class CommandHandler implements Command.Handler<RuntimeException> {
  private final Roster roster;
  private final Agenda agenda;
  private final Answers answers;
  private final SubscribedWorkers workers;
  private Turn turn = new Turn(0, 0);
  private Source source = Source.patient();
  private Answer answer = Answer.NONE;

  public CommandHandler(Roster roster, Agenda agenda, Answers answers, SubscribedWorkers workers) {
    this.roster = roster;
    this.agenda = agenda;
    this.answers = answers;
    this.workers = workers;
  }

  /** Carries out a submission for which there is room. */
  void carryOut(Submission submission, Turn now) {
    turn = now;
    source = submission.source();
    answer = submission.answer();
    for (Command command : submission.commands()) {
      command.accept(this);
    }
    agenda.published(submission.bytes());
    answers.applied(submission);
  }

  @Override
  public void publish(Command.Publish publish) {
    if (!publish.messages().isEmpty()) {
      Topic topic = roster.topic(publish.topic());
      topic.publish(publish.messages(), turn.nowMillis());
      agenda.changed(topic);
    }
  }

  @Override
  public void acknowledge(Command.Acknowledge acknowledge) {
    if (!acknowledge.keys().isEmpty()) {
      SubscriberLink link = roster.link(acknowledge.subscriber());
      Subscription subscription = subscription(link, acknowledge.topic());
      WorkerLink worker = workers.find(source, link);
      if (worker == null) {
        subscription.acknowledge(acknowledge.keys(), turn);
      } else {
        subscription.acknowledgeBy(worker.inFlight(subscription), acknowledge.keys(), turn);
      }
      link.acknowledged(subscription);
    }
  }

  @Override
  public void nack(Command.Nack nack) {
    SubscriberLink link = roster.link(nack.subscriber());
    Subscription subscription = subscription(link, nack.topic());
    Nack told = new Nack(nack.retryAfterMillis(), nack.reason());
    subscription.nack(nack.keys(), told, by(link, subscription), turn);
    link.acknowledged(subscription);
  }

  @Override
  public void extend(Command.Extend extend) {
    SubscriberLink link = roster.link(extend.subscriber());
    Subscription subscription = subscription(link, extend.topic());
    List<Bytes> gone = subscription.extend(extend.keys(), by(link, subscription), turn);
    if (!gone.isEmpty()) {
      answer.gone(gone);
    }
  }

  private static Subscription subscription(SubscriberLink link, String topic) {
    Subscription subscription = link.subscription(topic);
    if (subscription == null) {
      throw new IllegalStateException("unchecked subscriber of " + topic);
    }
    return subscription;
  }

  /** The worker that gives the command; null when it comes over any other connection. */
  private @Nullable Worker by(SubscriberLink link, Subscription subscription) {
    WorkerLink worker = workers.find(source, link);
    return worker == null ? null : Subscription.worker(worker.inFlight(subscription));
  }

  @Override
  public void redeliver(Command.Redeliver redeliver) {
    SubscriberLink link = roster.link(redeliver.subscriber());
    WorkerLink worker = workers.find(source, link);
    if (worker == null) {
      link.redeliver(redeliver.topic());
    } else {
      link.redeliver(redeliver.topic(), worker);
    }
  }

  @Override
  public void subscribe(Command.Subscribe subscribe) {
    workers.subscribe(source, subscribe);
  }

  @Override
  public void unsubscribe(Command.Unsubscribe unsubscribe) {
    workers.unsubscribe(source, unsubscribe);
  }

  @Override
  public void remove(Command.Remove remove) {
    Topic topic = roster.topic(remove.topic());
    remove.keys().forEach(topic::delete);
    agenda.ended(topic);
    agenda.changed(topic);
  }
}
