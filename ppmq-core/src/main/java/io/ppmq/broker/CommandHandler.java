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
  private long nowMillis;

  CommandHandler(Roster roster, Agenda agenda, Answers answers) {
    this.roster = roster;
    this.agenda = agenda;
    this.answers = answers;
  }

  /** Carries out a submission for which there is room. */
  void carryOut(Submission submission, Turn turn) {
    nowMillis = turn.nowMillis();
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
      Topic topic = roster.topic(acknowledge.topic());
      topic.subscriber(acknowledge.subscriber()).acknowledge(acknowledge.keys());
      agenda.ended(topic);
      roster.link(acknowledge.subscriber()).acknowledged(acknowledge.topic());
    }
  }

  @Override
  public void redeliver(Command.Redeliver redeliver) {
    SubscriberLink link = roster.link(redeliver.subscriber());
    link.redeliver(redeliver.topic());
    link.awake();
  }

  @Override
  public void remove(Command.Remove remove) {
    Topic topic = roster.topic(remove.topic());
    remove.keys().forEach(topic::remove);
    agenda.ended(topic);
    agenda.changed(topic);
  }
}
