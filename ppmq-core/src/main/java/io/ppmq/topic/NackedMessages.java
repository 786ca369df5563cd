package io.ppmq.topic;

import static java.util.Objects.requireNonNull;

import io.ppmq.store.Progress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * The outstanding messages of a subscriber that were nacked and are not due yet, the first to come
 * due first. They hold nothing up. To keep their number within {@link TopicLimits#nackedMax},
 * nothing new is chosen for the subscriber at that number, or when they have {@link
 * TopicLimits#NACKED_KEY_BYTES_MAX} bytes of keys. The reasons are kept for a peek, as far as
 * {@link TopicLimits#NACKED_REASON_CHARS_MAX} goes.
 */
final class NackedMessages {
  private final TreeSet<Outstanding> byMoment =
      new TreeSet<>(
          (one, other) -> {
            int earlier = Long.signum(dueNanos(one) - dueNanos(other));
            return earlier != 0 ? earlier : Long.compare(one.id, other.id);
          });

  /** The saved messages whose moment by the clock that never jumps is not known. */
  private final Map<Outstanding, Progress.Nacked> saved = new LinkedHashMap<>();

  private long keyBytes;
  private int reasonChars;

  private static long dueNanos(Outstanding message) {
    return requireNonNull(message.nack).dueNanos();
  }

  int count() {
    return byMoment.size() + saved.size();
  }

  /** The length of all their keys. */
  long keyBytes() {
    return keyBytes;
  }

  /** Makes a message that is not out wait until its nack comes due. */
  void add(Outstanding message) {
    message.state = Outstanding.State.NACKED;
    message.nackedForm = null;
    byMoment.add(message);
    keyBytes += message.key.length();
    keepReason(requireNonNull(message.nack));
  }

  /** Thousands that wait would fill the memory with their reasons. */
  private void keepReason(NackMoment nack) {
    if (reasonChars + nack.reasonChars() > TopicLimits.NACKED_REASON_CHARS_MAX) {
      nack.forgetReason();
    }
    reasonChars += nack.reasonChars();
  }

  /** Makes a message wait that waited when it was saved. */
  void resume(Outstanding message, Progress.Nacked until) {
    message.state = Outstanding.State.NACKED;
    saved.put(message, until);
    keyBytes += message.key.length();
  }

  /** A message is not one of them any more. */
  void remove(Outstanding message) {
    if (saved.remove(message) != null) {
      keyBytes -= message.key.length();
    } else if (byMoment.remove(message)) {
      left(message);
    }
  }

  private void left(Outstanding message) {
    keyBytes -= message.key.length();
    reasonChars -= requireNonNull(message.nack).reasonChars();
  }

  /** Whether there are any with an unknown moment. */
  boolean isResumed() {
    return !saved.isEmpty();
  }

  /** Takes the messages that are due; the time of saved ones counts from the first call on. */
  List<Outstanding> takeDue(long nowNanos, long nowMillis) {
    saved.forEach(
        (message, until) -> {
          message.nack = NackMoment.resumed(until, nowNanos, nowMillis);
          message.nackedForm = null;
          byMoment.add(message);
        });
    saved.clear();
    List<Outstanding> due = new ArrayList<>();
    while (hasNext() && nowNanos - nextNanos() >= 0) {
      Outstanding first = requireNonNull(byMoment.pollFirst());
      left(first);
      due.add(first);
    }
    return due;
  }

  /** Whether there are any with a known moment. */
  boolean hasNext() {
    return !byMoment.isEmpty();
  }

  /** The moment at which the first comes due, by the clock that never jumps; there must be one. */
  long nextNanos() {
    return dueNanos(byMoment.first());
  }

  /** All of them, the first to come due first. */
  List<Outstanding> all() {
    List<Outstanding> all = new ArrayList<>(byMoment);
    all.addAll(saved.keySet());
    return all;
  }

  /**
   * The form of one of them to be saved. All of them are saved with each commit that acknowledges
   * anything, so it is made once: it does not change while the message waits.
   */
  Progress.Unacknowledged saved(Outstanding message) {
    Progress.Unacknowledged form = message.nackedForm;
    if (form == null) {
      Progress.Nacked until = saved.get(message);
      form = message.saved(until != null ? until : requireNonNull(message.nack).saved());
      message.nackedForm = form;
    }
    return form;
  }
}
