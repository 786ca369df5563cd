package io.ppmq.broker;

import org.jspecify.annotations.Nullable;

/**
 * Where submissions come in: each goes on to {@link Admission}, waits for the end of an outage, or
 * is refused because the settings do not know it or the store cannot take it. Keeps the books of
 * their bytes, which the {@link Inbox} bounds until they are committed. Owned by the writer's
 * thread.
 */
final class Reception {
  private final Writer writer;
  private final PublishGate gate;
  private final Outage outage;
  private final Admission admission;
  private final Inbox inbox;
  private long uncommittedBytes;

  Reception(Writer writer, PublishGate gate, Outage outage, Admission admission, Inbox inbox) {
    this.writer = writer;
    this.gate = gate;
    this.outage = outage;
    this.admission = admission;
    this.inbox = inbox;
  }

  /** Takes a submission whose names were checked by these settings. */
  void take(Submission submission, BrokerSettings checkedBy) {
    String unknown = checkedBy == writer.settings() ? null : unknownBy(submission);
    if (unknown == null) {
      take(submission);
    } else {
      writer.events().refusedLate(unknown);
      refuse(submission, unknown, Refusals.Reason.UNKNOWN);
    }
  }

  /** What the settings that hold now do not know of what was let in by others; null if all is. */
  private @Nullable String unknownBy(Submission submission) {
    try {
      for (Command command : submission.commands()) {
        writer.settings().check(command);
      }
      return null;
    } catch (RefusedException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private void take(Submission submission) {
    int messages = messagesIn(submission);
    if (messages > 0 && outage.isOn()) {
      waitOrRefuse(submission);
      return;
    }
    String refusal =
        messages > 0 ? gate.refusal(messages, submission.bytes(), writer.nowNanos()) : null;
    if (refusal != null) {
      refuse(submission, refusal, Refusals.Reason.STORAGE);
      return;
    }
    if (!admission.take(submission)) {
      waitOrRefuse(submission);
    } else if (outage.isOn()) {
      outage.took(submission.bytes());
      inbox.committed(submission.bytes());
    } else {
      uncommittedBytes += submission.bytes();
    }
  }

  /** What was taken since this was last called waits for no commit any more, or for a later one. */
  void committed() {
    inbox.committed(uncommittedBytes);
    uncommittedBytes = 0;
  }

  // ---- an outage ------------------------------------------------------------------------------

  private void waitOrRefuse(Submission publish) {
    if (!outage.hold(publish, writer.nowNanos())) {
      refuseByOutage(publish);
    }
  }

  /** Takes what waited for the end of an outage. */
  void takeHeld() {
    outage.takeHeld().forEach(this::take);
  }

  /** Refuses what waited for the end of an outage. */
  void refuseHeld() {
    outage.takeHeld().forEach(this::refuseByOutage);
  }

  private void refuseByOutage(Submission publish) {
    refuse(publish, outage.reason(), Refusals.Reason.STORAGE);
  }

  private void refuse(Submission submission, String reason, Refusals.Reason kind) {
    writer.refusals().add(kind, messagesIn(submission));
    submission.answer().failed(reason);
    inbox.committed(submission.bytes());
  }

  private static int messagesIn(Submission submission) {
    int messages = 0;
    for (Command command : submission.commands()) {
      messages += command instanceof Command.Publish publish ? publish.messages().size() : 0;
    }
    return messages;
  }
}
