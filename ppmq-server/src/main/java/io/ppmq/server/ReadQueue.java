package io.ppmq.server;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The connections with waiting input, in the order in which they were accepted. It keeps a promise:
 * the values of a connection that has closed come before those of a connection that was opened
 * after that. Nobody can tell that a connection was closed before all of its input was read. So a
 * new connection is read for the first time when each older one was, since the new one was
 * accepted, read to the end of its input, seen without any, seen open, or has sent more than can
 * have waited in its socket. After that a connection is read once in each pass, however much waits
 * in others.
 *
 * <p>A pass is one turn of the listener: {@link #begin}, select, {@link Place#add} of the
 * connections that the select reports and then of accepted ones, {@link #read}. The select has to
 * report every connection that has input or was closed, unless it is parked. A new connection is
 * parked, and is read without a select in the pass after it was accepted. A connection that is not
 * read because it is held back or has to wait for memory is not waited for.
 *
 * <p>When many connections are ready, the time is divided between users: whose connections have had
 * their slice of a pass go on in the next one where they stopped. A user that used up its slice of
 * late is not waited for by others. All new connections together have one more slice: to ask for
 * the user of each takes longer than to read it. A connection of which little comes at a time, and
 * no whole value, is put aside, so that however many drip, they take a small part of the time; some
 * of each user are read again in each round of {@link #DRIP_MILLIS}. For one thread.
 */
final class ReadQueue {
  /** How long the connections of one user are read in a pass, when many are ready. */
  static final long SLICE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  /** As long as no more connections are ready, no user is asked for. */
  static final int FEW = 8;

  /** For how many passes a user that used up its slice is not waited for. */
  private static final int GREEDY_PASSES = 64;

  /** How often connections that drip are read. */
  static final long DRIP_MILLIS = 10;

  /** How many connections of one user that drip are read in a round: a twentieth of the time. */
  private static final int DRIPS_AT_ONCE = 128;

  /** The result of a read. */
  enum Progress {
    /** There is no more input, or none that may be read; a select will report the next. */
    DONE,
    /** The same, and the input was short, and not the end of a value. */
    DRIP,
    /** There may be more input. */
    MORE,
    /** There may be more input, to be read when an answer was written. */
    LATER
  }

  /** A connection, as it is read. */
  interface Input {
    /** Reads once, without blocking. */
    Progress read();

    /** Stops or resumes the reporting of its input by the select. */
    void park(boolean parked);

    /** How many bytes were read so far. */
    long bytesRead();

    /** The slices of its user. */
    Slice slice();
  }

  /** The share of one user in the time of a pass. */
  static final class Slice {
    private long pass;
    private long nanos;
    private long clearedPass;
    private long resumeAt;
    private long usedUpPass = -GREEDY_PASSES;

    /** The connections with slow input, in the order in which they were read. */
    private final ArrayDeque<Place> drips = new ArrayDeque<>();

    private void begin(long now) {
      if (pass != now) {
        if (usedUpPass != pass) {
          resumeAt = 0;
        }
        pass = now;
        nanos = 0;
        clearedPass = drips.isEmpty() ? Long.MAX_VALUE : drips.element().clearedPass;
      }
    }

    private boolean isGreedy() {
      return pass - usedUpPass < GREEDY_PASSES || !drips.isEmpty();
    }

    /** Whether it is the turn of this connection; if not, that of others of the user. */
    private boolean reaches(Place place) {
      if (usedUpPass == pass || place.number < resumeAt) {
        return false;
      }
      if (nanos >= SLICE_NANOS) {
        usedUpPass = pass;
        resumeAt = place.number;
        return false;
      }
      return true;
    }
  }

  /** The place of one connection. */
  final class Place {
    private final Input input;
    private final long number;
    private final long acceptedInPass;
    private boolean queued;
    private boolean begun;
    private boolean parked = true;

    /** Connections that were accepted in this pass or before need not wait for this one. */
    private long clearedPass;

    private long markPass;
    private long markBytes;

    private Place(Input input, long number) {
      this.input = input;
      this.number = number;
      this.acceptedInPass = pass;
    }

    /** The connection may have input. */
    void add() {
      if (!queued) {
        clearedPass = pass - 2; // when the last select found it open, and without input
        enqueue();
      }
      more = true;
    }

    private void enqueue() {
      queued = true;
      mark();
      queue.add(this);
    }

    private void readAgain() {
      if (!queued) {
        enqueue();
        more = true;
      }
    }

    /** Whether there may be input that was not read. */
    boolean isQueued() {
      return queued;
    }

    /** The connection was open a moment ago. */
    void seenOpen() {
      clearedPass = Math.max(clearedPass, pass - 1);
      changed();
    }

    /** Whether it is to be read has changed. */
    void changed() {
      more |= queued;
    }

    private void mark() {
      markPass = pass;
      markBytes = input.bytesRead();
    }

    /** The input that was in its socket when the mark was set has been read by now. */
    private void passMark() {
      if (input.bytesRead() - markBytes >= socketBytesMax) {
        clearedPass = Math.max(clearedPass, markPass);
        mark();
      }
    }

    private void park(boolean now) {
      if (parked != now) {
        parked = now;
        input.park(now);
      }
    }
  }

  private final long socketBytesMax;
  private final LongSupplier nanoTime;
  private final List<Place> queue = new ArrayList<>();
  private final List<Slice> dripping = new ArrayList<>();
  private long accepted;
  private long pass;
  private long clearedPass;
  private boolean more;
  private int newcomersLeft;
  private long newcomersNanos;
  private long dripAtNanos;

  /** Whether some user's connections are not waited for by others. */
  private boolean someGreedy;

  /**
   * An empty queue.
   *
   * @param socketBytesMax the most bytes that wait in a socket
   */
  ReadQueue(long socketBytesMax, LongSupplier nanoTime) {
    this.socketBytesMax = socketBytesMax;
    this.nanoTime = nanoTime;
  }

  /** A place for a connection that was accepted just now, after all others. It is parked. */
  Place accepted(Input input) {
    return new Place(input, accepted++);
  }

  /** How many new connections were not read in the last pass, since there was no time left. */
  int newcomersLeft() {
    return newcomersLeft;
  }

  /** Begins a pass; to be called before its select. */
  void begin() {
    pass++;
    if (!dripping.isEmpty()) {
      readDripsAgain();
    }
  }

  private void readDripsAgain() {
    long now = nanoTime.getAsLong();
    if (now - dripAtNanos < 0) {
      return;
    }
    dripAtNanos = now + TimeUnit.MILLISECONDS.toNanos(DRIP_MILLIS);
    for (Slice slice : dripping) {
      for (int i = 0; i < DRIPS_AT_ONCE && !slice.drips.isEmpty(); i++) {
        slice.drips.remove().readAgain();
      }
    }
    dripping.removeIf(slice -> slice.drips.isEmpty());
  }

  /** Whether there is something to read that no select will report. */
  boolean hasMore() {
    return more;
  }

  /** Whether a pass is to begin within {@link #DRIP_MILLIS}. */
  boolean hasDrips() {
    return !dripping.isEmpty();
  }

  /** Reads from each connection once, unless it has to wait. */
  void read() {
    more = false;
    int size = queue.size();
    if (size > 1) {
      queue.sort(Comparator.comparingLong(place -> place.number));
    }
    clearedPass = Long.MAX_VALUE;
    newcomersNanos = 0;
    newcomersLeft = 0;
    someGreedy = !dripping.isEmpty();
    boolean many = size > FEW || someGreedy;
    int kept = 0;
    for (int i = 0; i < size; i++) {
      Place place = queue.get(i);
      if (many ? staysOfMany(place) : staysOfFew(place)) {
        queue.set(kept++, place);
      } else {
        place.queued = false;
      }
    }
    queue.subList(kept, size).clear();
  }

  private boolean staysOfFew(Place place) {
    return stays(readInOrder(place, clearedPass), place) && notCleared(place);
  }

  private boolean staysOfMany(Place place) {
    return place.begun ? stays(place, place.input.slice()) : newcomerStays(place);
  }

  private boolean notCleared(Place place) {
    clearedPass = Math.min(clearedPass, place.clearedPass);
    return true;
  }

  private boolean newcomerStays(Place place) {
    Slice slice = null;
    long cleared = clearedPass;
    if (someGreedy) {
      slice = place.input.slice();
      slice.begin(pass);
      cleared = Math.min(cleared, slice.clearedPass);
    }
    if (newcomersNanos >= SLICE_NANOS) {
      newcomersLeft++;
      more = true;
    } else {
      long beginNanos = nanoTime.getAsLong();
      Progress progress = readInOrder(place, cleared);
      newcomersNanos += nanoTime.getAsLong() - beginNanos;
      if (!stays(progress, place)) {
        return false;
      }
    }
    return slice == null ? notCleared(place) : notCleared(place, slice);
  }

  private boolean notCleared(Place place, Slice slice) {
    slice.clearedPass = Math.min(slice.clearedPass, place.clearedPass);
    if (slice.isGreedy()) {
      someGreedy = true;
      return true;
    }
    return notCleared(place);
  }

  private boolean stays(Place place, Slice slice) {
    slice.begin(pass);
    if (slice.reaches(place)) {
      long beginNanos = nanoTime.getAsLong();
      Progress progress = readInOrder(place, Math.min(clearedPass, slice.clearedPass));
      slice.nanos += nanoTime.getAsLong() - beginNanos;
      if (progress == Progress.DRIP) {
        putAside(place, slice);
        return false;
      }
      if (!stays(progress, place)) {
        return false;
      }
    } else {
      place.park(true);
      more = true;
    }
    return notCleared(place, slice);
  }

  private void putAside(Place place, Slice slice) {
    place.park(true);
    place.clearedPass = pass; // all of its input was read
    if (dripping.isEmpty()) {
      dripAtNanos = nanoTime.getAsLong() + TimeUnit.MILLISECONDS.toNanos(DRIP_MILLIS);
    }
    if (slice.drips.isEmpty()) {
      dripping.add(slice);
    }
    slice.drips.add(place);
  }

  /** Whether a connection stays in the queue. If not, the select must report the next input. */
  private static boolean stays(Progress progress, Place place) {
    boolean stays = progress == Progress.MORE || progress == Progress.LATER;
    if (!stays) {
      place.park(false);
    }
    return stays;
  }

  /** Reads unless older ones come first. */
  private Progress readInOrder(Place place, long cleared) {
    if (!place.begun) {
      if (place.acceptedInPass == pass) {
        more = true; // earlier input of older connections is known after the next select
        return Progress.LATER;
      }
      if (place.acceptedInPass > cleared) {
        return Progress.LATER;
      }
    }
    Progress progress = place.input.read();
    place.begun |= progress != Progress.LATER;
    more |= progress == Progress.MORE;
    place.passMark();
    return progress;
  }
}
