package io.ppmq.server;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The connections with waiting input, in the order in which they were accepted. It keeps a promise:
 * the values of a closed connection come before those of a connection that was opened after the
 * close. The close shows only after all input was read. So a new connection is first read after
 * each older one has, since the new one was accepted, been read to the end of its input, been seen
 * without input, been seen open, or sent more than its socket can have held. After that a
 * connection is read once in each pass, however much waits in others.
 *
 * <p>A pass is one turn of the listener: {@link #begin}, select, {@link Place#add} of the
 * connections that the select reports and then of accepted ones, {@link #read}. The select has to
 * report every connection that has input or was closed, unless it is parked. A new connection is
 * parked, and is read without a select in the pass after it was accepted. Others do not wait for a
 * connection that is held back or waits for memory.
 *
 * <p>When many connections are ready, the users share the time: the connections of a user have a
 * slice of each pass, and in the next pass go on where they stopped. Others do not wait for a user
 * that recently used up its slice. All new connections together have one more slice: to look up the
 * user of each takes longer than to read it. A connection that sends little at a time, and no whole
 * value, is put aside, so that any number of them takes a small part of the time; some of each user
 * are read again in each round of {@link #DRIP_MILLIS}. For one thread.
 */
final class ReadQueue {
  /** The slice of a user in a pass when many connections are ready. */
  static final long SLICE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  /** Up to this many ready connections need no look-up of users. */
  static final int FEW = 8;

  /** The number of passes in which others do not wait for a user that used up its slice. */
  private static final int GREEDY_PASSES = 64;

  /** The time between two rounds of reading connections that drip. */
  static final long DRIP_MILLIS = 10;

  /** The most dripping connections of a user read in a round: a twentieth of the time. */
  private static final int DRIPS_AT_ONCE = 128;

  /** The result of a read. */
  enum Progress {
    /** There is no more input, or none that may be read; a select will report the next input. */
    DONE,
    /** The same, and the input was short without the end of a value. */
    DRIP,
    /** There may be more input. */
    MORE,
    /** There may be more input, to read after an answer was written. */
    LATER
  }

  /** A connection, for reading. */
  interface Input {
    /** Reads once, without blocking. */
    Progress read();

    /** Sets whether the select reports its input. */
    void park(boolean parked);

    /** The number of bytes read so far. */
    long bytesRead();

    /** The slice of its user. */
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

    /** Whether it is this connection's turn, and not that of others of the user. */
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

    /** Connections that were accepted in this pass or earlier need not wait for this one. */
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
        clearedPass = pass - 2; // the last select before that found it open and without input
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

    /** Whether there may be unread input. */
    boolean isQueued() {
      return queued;
    }

    /** The connection was open a moment ago. */
    void seenOpen() {
      clearedPass = Math.max(clearedPass, pass - 1);
      changed();
    }

    /** {@link #isQueued} or the right to be read has changed. */
    void changed() {
      more |= queued;
    }

    private void mark() {
      markPass = pass;
      markBytes = input.bytesRead();
    }

    /** Passes the mark when the input that was in the socket at the mark has been read. */
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

  /** Whether others do not wait for the connections of some user. */
  private boolean someGreedy;

  /**
   * An empty queue.
   *
   * @param socketBytesMax the most bytes that can wait in a socket
   */
  ReadQueue(long socketBytesMax, LongSupplier nanoTime) {
    this.socketBytesMax = socketBytesMax;
    this.nanoTime = nanoTime;
  }

  /** A place, after all others, for a connection that was accepted just now. It is parked. */
  Place accepted(Input input) {
    return new Place(input, accepted++);
  }

  /** The number of new connections that the last pass had no time to read. */
  int newcomersLeft() {
    return newcomersLeft;
  }

  /** Begins a pass. Called before its select. */
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

  /** Whether there is input to read that no select will report. */
  boolean hasMore() {
    return more;
  }

  /** Whether a pass has to begin within {@link #DRIP_MILLIS}. */
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

  /**
   * Whether a connection stays in the queue. If it does not, the select must report its next input.
   */
  private static boolean stays(Progress progress, Place place) {
    boolean stays = progress == Progress.MORE || progress == Progress.LATER;
    if (!stays) {
      place.park(false);
    }
    return stays;
  }

  /** Reads unless older connections come first. */
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
