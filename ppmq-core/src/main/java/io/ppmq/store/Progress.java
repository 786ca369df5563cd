package io.ppmq.store;

import io.ppmq.message.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The progress of one subscriber in one topic: the state that must survive.
 *
 * <p>In each log a cursor separates the messages that were ever chosen for this subscriber from
 * those that were not; {@code outstanding} names the messages before the cursors that are not
 * acknowledged. So its size is bounded by the number of messages that can be out at once, however
 * large the backlog. It is written with the acknowledgements of a commit; after a crash, messages
 * that were sent since count as not sent, and are sent again.
 *
 * <pre>
 *  form 2:  u8 2
 *           | varint n | n × (varint priority, nextId, entryId, ordinal, skipped, tail)
 *           | varint n | n × (varint fromId, varint toId)                      absences
 *           | varint n | runs that make up n messages                          outstanding
 *  run:     varint more | message, and as many more that differ from it by id alone, each having
 *           the id after the one before
 *  message: varint priority, id, entryId, attempts, version, u8 0 or u8 1 | sized key
 *
 *  form 3:  the same, with this for a message
 *  message: varint priority, id, entryId, attempts, version
 *           | u8 (1 with a key + 2 if nacked) | [sized key] | [varint untilMillis, retryAfterMillis]
 *
 *  form 1 (read only): the same as form 2 with n messages instead of runs
 * </pre>
 *
 * Form 3 is written only if messages are nacked, so that an older ppMQ can read all others.
 *
 * <p>A batch that is out is nearly always one run or two. It is written with each commit that
 * acknowledges the batch before.
 *
 * @param cursors by priority
 * @param absences ids that were published while the subscriber was not one of the topic's; it does
 *     not get them. The last may be open ({@link Long#MAX_VALUE}): the subscriber is not one of the
 *     topic's now
 * @param outstanding the messages that were chosen and are not acknowledged, in any order
 */
public record Progress(
    SortedMap<Integer, Cursor> cursors, List<Absence> absences, List<Unacknowledged> outstanding) {

  private static final int FORM = 2;
  private static final int FORM_WITH_NACKS = 3;
  private static final int FORM_WITHOUT_RUNS = 1;
  private static final int WITH_KEY = 1;
  private static final int WITH_NACK = 2;

  /**
   * A subscriber's place in one log.
   *
   * @param nextId the first id that was never chosen for the subscriber; lower ids are done or
   *     outstanding
   * @param entryId the first id of the entry in which {@code nextId} lies, or {@code nextId};
   *     reading continues there
   * @param ordinal the number of messages that the log had been given before {@code nextId}
   * @param skipped the number of those after it that are not for this subscriber (replaced,
   *     expired)
   * @param tail the number of messages that the log had been given in all when this was noted
   */
  public record Cursor(long nextId, long entryId, long ordinal, long skipped, long tail) {}

  /**
   * A range of ids that the subscriber does not get.
   *
   * @param fromId the first of them
   * @param toId the first after them
   */
  public record Absence(long fromId, long toId) {}

  /**
   * A message that was chosen for the subscriber and is not acknowledged.
   *
   * @param priority its log
   * @param id its id, in a topic with dedupe its place
   * @param entryId the first id of its entry
   * @param attempts the number of its deliveries
   * @param version the version that was sent, 0 for a message without a producer's key
   * @param key the producer's key in a topic with dedupe; null otherwise
   * @param nacked the wait after a nack of the subscriber; null if it does not wait
   */
  public record Unacknowledged(
      int priority,
      long id,
      long entryId,
      int attempts,
      long version,
      @Nullable Bytes key,
      @Nullable Nacked nacked) {
    /** A message that was not nacked. */
    public Unacknowledged(
        int priority, long id, long entryId, int attempts, long version, @Nullable Bytes key) {
      this(priority, id, entryId, attempts, version, key, null);
    }

    /** The message after this one, if it differs by its id alone. */
    private Unacknowledged next() {
      return new Unacknowledged(priority, id + 1, entryId, attempts, version, key, nacked);
    }

    private boolean isFollowedBy(Unacknowledged other, int distance) {
      return key == null
          && other.key == null
          && other.id == id + distance
          && other.priority == priority
          && other.entryId == entryId
          && other.attempts == attempts
          && other.version == version
          && Objects.equals(other.nacked, nacked);
    }
  }

  /**
   * The wait of a nacked message. The moment is by the wall clock, which may have been set since it
   * was noted. So the message never waits longer than RetryAfter once more.
   *
   * @param untilMillis the moment at which it may be sent again, in milliseconds since the epoch
   * @param retryAfterMillis its wait from the nack on
   */
  public record Nacked(long untilMillis, long retryAfterMillis) {}

  /** The stored form. */
  public byte[] toBytes() {
    ByteWriter out = new ByteWriter(128);
    out.u8(isAnyNacked() ? FORM_WITH_NACKS : FORM);
    out.varint(cursors.size());
    cursors.forEach(
        (priority, cursor) -> {
          out.varint(priority);
          out.varint(cursor.nextId);
          out.varint(cursor.entryId);
          out.varint(cursor.ordinal);
          out.varint(cursor.skipped);
          out.varint(cursor.tail);
        });
    out.varint(absences.size());
    for (Absence absence : absences) {
      out.varint(absence.fromId);
      out.varint(absence.toId);
    }
    out.varint(outstanding.size());
    for (int i = 0; i < outstanding.size(); ) {
      int run = runAt(i);
      out.varint(run - 1);
      write(out, outstanding.get(i));
      i += run;
    }
    return out.toByteArray();
  }

  private boolean isAnyNacked() {
    for (Unacknowledged message : outstanding) {
      if (message.nacked != null) {
        return true;
      }
    }
    return false;
  }

  /** The number of outstanding messages from this one on that differ only by consecutive ids. */
  private int runAt(int first) {
    Unacknowledged message = outstanding.get(first);
    int length = 1;
    while (first + length < outstanding.size()
        && message.isFollowedBy(outstanding.get(first + length), length)) {
      length++;
    }
    return length;
  }

  private static void write(ByteWriter out, Unacknowledged message) {
    out.varint(message.priority);
    out.varint(message.id);
    out.varint(message.entryId);
    out.varint(message.attempts);
    out.varint(message.version);
    Nacked nacked = message.nacked;
    out.u8((message.key == null ? 0 : WITH_KEY) | (nacked == null ? 0 : WITH_NACK));
    if (message.key != null) {
      out.sized(message.key);
    }
    if (nacked != null) {
      out.varint(nacked.untilMillis);
      out.varint(nacked.retryAfterMillis);
    }
  }

  /**
   * Reads the stored form.
   *
   * @throws StoreException when the bytes do not have this form
   */
  public static Progress of(byte[] stored) {
    ByteReader in = new ByteReader(stored, "a subscriber's progress");
    int form = in.form(FORM_WITHOUT_RUNS, FORM_WITH_NACKS);
    boolean runs = form != FORM_WITHOUT_RUNS;
    int flagsMax = form == FORM_WITH_NACKS ? WITH_KEY + WITH_NACK : WITH_KEY;
    SortedMap<Integer, Cursor> cursors = new TreeMap<>();
    for (int n = in.varint32(); n > 0; n--) {
      cursors.put(
          in.varint32(),
          new Cursor(in.varint(), in.varint(), in.varint(), in.varint(), in.varint()));
    }
    List<Absence> absences = new ArrayList<>();
    for (int n = in.varint32(); n > 0; n--) {
      absences.add(new Absence(in.varint(), in.varint()));
    }
    List<Unacknowledged> outstanding = new ArrayList<>();
    for (int left = in.varint32(); left > 0; left--) {
      int more = runs ? in.varint32() : 0;
      Unacknowledged message = message(in, flagsMax);
      outstanding.add(message);
      if (more >= left) {
        throw in.damaged("a run of " + more + " more where " + left + " messages are left");
      }
      for (; more > 0; more--, left--) {
        message = message.next();
        outstanding.add(message);
      }
    }
    in.end();
    return new Progress(cursors, absences, outstanding);
  }

  private static Unacknowledged message(ByteReader in, int flagsMax) {
    int priority = in.varint32();
    long id = in.varint();
    long entryId = in.varint();
    int attempts = in.varint32();
    long version = in.varint();
    int flags = in.u8();
    if (flags > flagsMax) {
      throw in.damaged("a message with the flags " + flags);
    }
    Bytes key = (flags & WITH_KEY) == 0 ? null : in.sized().copy();
    Nacked nacked = (flags & WITH_NACK) == 0 ? null : new Nacked(in.varint(), in.varint());
    return new Unacknowledged(priority, id, entryId, attempts, version, key, nacked);
  }
}
