package io.ppmq.store;

import io.ppmq.message.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How far one subscriber has come with one topic: everything about it that must survive.
 *
 * <p>In each log a cursor separates what was ever chosen for this subscriber from what was not;
 * {@code outstanding} names what lies before the cursors and is not acknowledged. So its size is
 * bounded by what can be out at once, however large the backlog. Written with the acknowledgements
 * of a commit; what was sent since is taken as not sent after a crash, and is sent again.
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
 *  form 1 (read only): the same with n messages instead of runs
 * </pre>
 *
 * A batch that is out is a run or two, nearly always, and it is written with each commit that
 * acknowledges the one before.
 *
 * @param cursors by priority
 * @param absences ids published while the subscriber was not the topic's: not for it. The last may
 *     be open ({@link Long#MAX_VALUE}): the subscriber is not the topic's now
 * @param outstanding what was chosen and is not acknowledged, in any order
 */
public record Progress(
    SortedMap<Integer, Cursor> cursors, List<Absence> absences, List<Unacknowledged> outstanding) {

  private static final int FORM = 2;
  private static final int FORM_WITHOUT_RUNS = 1;

  /**
   * A subscriber's place in one log.
   *
   * @param nextId the first id that was never chosen for the subscriber; what is below is done or
   *     outstanding
   * @param entryId the first id of the entry in which {@code nextId} lies, or {@code nextId}: where
   *     reading goes on
   * @param ordinal how many messages the log had been given before {@code nextId}
   * @param skipped how many of those after it are not for this subscriber (replaced, expired)
   * @param tail how many messages the log had been given in all when this was noted
   */
  public record Cursor(long nextId, long entryId, long ordinal, long skipped, long tail) {}

  /**
   * A stretch of ids that is not for the subscriber.
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
   * @param attempts how often it was sent
   * @param version the version that was sent, 0 for a message without a producer's key
   * @param key the producer's key in a topic with dedupe; null otherwise
   */
  public record Unacknowledged(
      int priority, long id, long entryId, int attempts, long version, @Nullable Bytes key) {

    /** The message after this one, if it differs by its id alone. */
    private Unacknowledged next() {
      return new Unacknowledged(priority, id + 1, entryId, attempts, version, key);
    }

    private boolean isFollowedBy(Unacknowledged other, int distance) {
      return key == null
          && other.key == null
          && other.id == id + distance
          && other.priority == priority
          && other.entryId == entryId
          && other.attempts == attempts
          && other.version == version;
    }
  }

  /** The stored form. */
  public byte[] toBytes() {
    ByteWriter out = new ByteWriter(128);
    out.u8(FORM);
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

  /**
   * How many outstanding messages from this one on differ by their ids alone, one after another.
   */
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
    if (message.key == null) {
      out.u8(0);
    } else {
      out.u8(1);
      out.sized(message.key);
    }
  }

  /**
   * Reads the stored form.
   *
   * @throws StoreException when the bytes are no such form
   */
  public static Progress of(byte[] stored) {
    ByteReader in = new ByteReader(stored, "a subscriber's progress");
    boolean runs = in.form(FORM_WITHOUT_RUNS, FORM) == FORM;
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
      Unacknowledged message = message(in);
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

  private static Unacknowledged message(ByteReader in) {
    return new Unacknowledged(
        in.varint32(),
        in.varint(),
        in.varint(),
        in.varint32(),
        in.varint(),
        in.u8() == 0 ? null : in.sized().copy());
  }
}
