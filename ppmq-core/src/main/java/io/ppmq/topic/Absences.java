package io.ppmq.topic;

import io.ppmq.store.Progress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The ranges of ids that were published while a subscriber was detached, in order; the subscriber
 * does not get them. The last one is open while it is detached.
 */
final class Absences {
  private final List<Progress.Absence> stretches = new ArrayList<>();

  /** Continues from the saved state. */
  void resume(List<Progress.Absence> saved) {
    stretches.addAll(saved);
  }

  /** Whether the subscriber is detached. */
  boolean isOpen() {
    return !stretches.isEmpty() && last().toId() == Long.MAX_VALUE;
  }

  boolean isEmpty() {
    return stretches.isEmpty();
  }

  private Progress.Absence last() {
    return stretches.get(stretches.size() - 1);
  }

  /** Messages from {@code nextId} on are not for it; false when that was so already. */
  boolean begin(long nextId) {
    boolean begins = !isOpen();
    if (begins) {
      stretches.add(new Progress.Absence(nextId, Long.MAX_VALUE));
    }
    return begins;
  }

  /** Messages from {@code nextId} on are for it; false when that was so already. */
  boolean end(long nextId) {
    boolean ends = isOpen();
    if (ends) {
      Progress.Absence open = stretches.remove(stretches.size() - 1);
      stretches.add(new Progress.Absence(open.fromId(), nextId));
    }
    return ends;
  }

  /** The absence that an id lies in; null when there is none. */
  Progress.@Nullable Absence at(long id) {
    for (Progress.Absence absence : stretches) {
      if (id >= absence.fromId() && id < absence.toId()) {
        return absence;
      }
    }
    return null;
  }

  /** Whether nothing from this id on is for the subscriber, until it is attached again. */
  boolean isInOpen(long id) {
    return isOpen() && id >= last().fromId();
  }

  /** Forgets the absences that have ended and whose end every cursor has reached. */
  void forgetPassed(LongPredicate isPassed) {
    stretches.removeIf(
        absence -> absence.toId() != Long.MAX_VALUE && isPassed.test(absence.toId()));
  }

  /** All of them, for saving. */
  List<Progress.Absence> saved() {
    return List.copyOf(stretches);
  }

  /** The needed ids of a log from this id on: all that lie in no absence. */
  void collectNeeded(long fromId, List<IdRanges.Range> needed) {
    long from = fromId;
    for (Progress.Absence absence : stretches) {
      needed.add(new IdRanges.Range(from, absence.fromId()));
      from = Math.max(from, absence.toId());
    }
    needed.add(new IdRanges.Range(from, Long.MAX_VALUE));
  }
}
