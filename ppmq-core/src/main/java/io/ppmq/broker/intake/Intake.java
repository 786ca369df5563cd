package io.ppmq.broker.intake;

import io.ppmq.broker.commit.Outage;
import io.ppmq.broker.delivery.Roster;
import io.ppmq.broker.port.BrokerEvents;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.broker.request.Submission;
import io.ppmq.broker.settings.BrokerSettings;
import io.ppmq.broker.stats.Refusals;
import io.ppmq.broker.turn.Inbox;
import io.ppmq.broker.turn.InboxBytes;
import io.ppmq.broker.turn.Turn;
import java.util.List;

/**
 * The entry of submissions: each goes on to {@link RoomInTopics}, waits for the end of an outage,
 * or is refused because the settings do not know it or the store cannot take it. Counts their
 * bytes, which the {@link Inbox} bounds until they are committed. Owned by the writer's thread.
 */
public final class Intake {
  private final Roster roster;
  private final Refusals refusals;
  private final BrokerEvents events;
  private final RoomOnDisk roomOnDisk;
  private final Outage outage;
  private final RoomInTopics roomInTopics;
  private final InboxBytes inboxBytes;

  public Intake(
      Roster roster,
      RoomOnDisk roomOnDisk,
      Outage outage,
      RoomInTopics roomInTopics,
      InboxBytes inboxBytes,
      Refusals refusals,
      BrokerEvents events) {
    this.roster = roster;
    this.refusals = refusals;
    this.events = events;
    this.roomOnDisk = roomOnDisk;
    this.outage = outage;
    this.roomInTopics = roomInTopics;
    this.inboxBytes = inboxBytes;
  }

  /** Takes a submission whose names were checked by these settings. */
  public void take(Submission submission, BrokerSettings checkedBy, Turn turn) {
    BrokerSettings now = roster.settings();
    RefusedException unknown = checkedBy == now ? null : now.refusal(submission);
    if (unknown == null) {
      take(submission, turn);
    } else {
      events.refusedLate(unknown.sentence());
      refuse(submission, unknown, Refusals.Reason.UNKNOWN);
    }
  }

  private void take(Submission submission, Turn turn) {
    int messages = submission.messages();
    if (messages > 0 && outage.isOn()) {
      waitOrRefuse(submission, turn);
      return;
    }
    RefusedException refusal =
        messages > 0 ? roomOnDisk.refusal(messages, submission.bytes(), turn.nowNanos()) : null;
    if (refusal != null) {
      refuse(submission, refusal, Refusals.Reason.STORAGE);
      return;
    }
    if (!roomInTopics.take(submission, turn)) {
      waitOrRefuse(submission, turn);
    } else if (outage.isOn()) {
      outage.took(submission.bytes());
      inboxBytes.left(submission.bytes());
    } else {
      inboxBytes.applied(submission.bytes());
    }
  }

  // ---- an outage ------------------------------------------------------------------------------

  private void waitOrRefuse(Submission publish, Turn turn) {
    if (!outage.hold(publish, turn.nowNanos())) {
      refuseByOutage(publish);
    }
  }

  /** Takes the submissions that waited for the end of an outage. */
  public void takeHeld(Turn turn) {
    outage.takeHeld().forEach(submission -> take(submission, turn));
  }

  /** Refuses the submissions that waited for the end of an outage. */
  public void refuseHeld() {
    outage.takeHeld().forEach(this::refuseByOutage);
  }

  private void refuseByOutage(Submission publish) {
    refuse(publish, outage.refusal(), Refusals.Reason.STORAGE);
  }

  /**
   * Refuses the submissions that waited for the end of an outage, and the last ones: the broker
   * ends.
   */
  public void end(List<Inbox.Task> last, RefusedException why) {
    outage.takeHeld().forEach(held -> refuse(held, why, Refusals.Reason.STORAGE));
    for (Inbox.Task task : last) {
      if (task instanceof Inbox.Task.Submitted submitted) {
        refuse(submitted.submission(), why, Refusals.Reason.STORAGE);
      } else if (task instanceof Inbox.Task.Asked asked) {
        asked.errand().dropped(why.sentence());
      }
    }
  }

  private void refuse(Submission submission, RefusedException why, Refusals.Reason kind) {
    refusals.add(kind, submission.messages());
    submission.answer().refused(why.code(), why.sentence());
    inboxBytes.left(submission.bytes());
  }
}
