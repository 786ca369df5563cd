package io.ppmq.broker;

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
    BrokerSettings now = writer.settings();
    RefusedException unknown = checkedBy == now ? null : now.refusal(submission.commands());
    if (unknown == null) {
      take(submission);
    } else {
      writer.events().refusedLate(unknown.sentence());
      refuse(submission, unknown, Refusals.Reason.UNKNOWN);
    }
  }

  private void take(Submission submission) {
    int messages = submission.messages();
    if (messages > 0 && outage.isOn()) {
      waitOrRefuse(submission);
      return;
    }
    RefusedException refusal =
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
    refuse(publish, outage.refusal(), Refusals.Reason.STORAGE);
  }

  /** Refuses what waited for the end of an outage, and what comes now: the broker stops. */
  void stop() {
    outage.takeHeld().forEach(this::refuseAtEnd);
    for (Inbox.Task task : inbox.take()) {
      if (task instanceof Inbox.Task.Submitted submitted) {
        refuseAtEnd(submitted.submission());
      }
    }
  }

  private void refuseAtEnd(Submission submission) {
    RefusedException why =
        new RefusedException(
            ErrorCode.STOPPING, "the broker stopped before the store took what came before");
    refuse(submission, why, Refusals.Reason.STORAGE);
  }

  private void refuse(Submission submission, RefusedException why, Refusals.Reason kind) {
    writer.refusals().add(kind, submission.messages());
    submission.answer().refused(why.code(), why.sentence());
    inbox.committed(submission.bytes());
  }
}
