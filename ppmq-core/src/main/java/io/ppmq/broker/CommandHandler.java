package io.ppmq.broker;

import io.ppmq.topic.Topic;

/**
 * Carries out commands whose names were checked: it changes topics, and writes on the {@link
 * Agenda} what follows. Owned by the writer's thread.
 */
final class CommandHandler implements Command.Handler<RuntimeException> {
  private final Roster roster;
  private final Agenda agenda;
  private final Answers answers;
  private final SubscribedWorkers workers;
  private long nowMillis;
  private Source source = Source.patient();

  CommandHandler(Roster roster, Agenda agenda, Answers answers, SubscribedWorkers workers) {
    this.roster = roster;
    this.agenda = agenda;
    this.answers = answers;
    this.workers = workers;
  }

  /** Carries out a submission for which there is room. */
  void carryOut(Submission submission, Turn turn) {
    nowMillis = turn.nowMillis();
    source = submission.source();
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
      topic.publish(publish.messages(), nowMillis);
      agenda.changed(topic);
    }
  }

  @Override
  public void acknowledge(Command.Acknowledge acknowledge) {
    if (!acknowledge.keys().isEmpty()) {
      SubscriberLink link = roster.link(acknowledge.subscriber());
      Subscription subscription = link.subscription(acknowledge.topic());
      if (subscription == null) {
        throw new IllegalStateException("unchecked subscriber " + acknowledge.subscriber());
      }
      WorkerLink worker = workers.find(source, link);
      if (worker == null) {
        subscription.acknowledge(acknowledge.keys());
      } else {
        subscription.acknowledgeBy(worker.inFlight(subscription), acknowledge.keys());
      }
      link.acknowledged(subscription);
    }
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
    remove.keys().forEach(topic::remove);
    agenda.ended(topic);
    agenda.changed(topic);
  }
}
