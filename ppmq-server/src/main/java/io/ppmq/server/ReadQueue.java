package io.ppmq.server;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The connections with input at hand, in the order in which they were accepted. It keeps the
 * promise that what a connection wrote before it closed comes before what a connection writes that
 * was opened after that. Nobody can tell that a connection was closed before all of its input was
 * read. So a new connection is read for the first time when each older one was, since the new one
 * was accepted, read to the end of its input, seen without any, seen open, or has sent more than
 * can have waited in its socket. After that a connection is read once in each pass, whatever waits
 * in others.
 *
 * <p>A pass is one turn of the listener: {@link #begin}, select, {@link Place#add} of what the
 * select reports, accept, {@link #read}. The select has to report every connection that has input
 * or was closed. A connection that is not read because it is held back or has to wait for memory is
 * not waited for.
 *
 * <p>When many connections are ready, the time is divided between users: whose connections have had
 * their slice of a pass go on in the next one where they stopped. A user that used up its slice of
 * late is not waited for by others. For one thread.
 */
final class ReadQueue {
  /** How long the connections of one user are read in a pass, when many are ready. */
  static final long SLICE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  /** As long as no more connections are ready, no user is asked for. */
  static final int FEW = 8;

  /** For how many passes a user that used up its slice is not waited for. */
  private static final int GREEDY_PASSES = 64;

  /** What came of a read. */
  enum Progress {
    /** There is no more input, or none that may be read; a select will report the next. */
    DONE,
    /** There may be more input. */
    MORE,
    /** There may be more input, to be read when an answer was written. */
    LATER
  }

  /** A connection, as it is read. */
  interface Input {
    /** Reads once, without blocking. */
    Progress read();

    /** A select is to report its input no more, or again. */
    void park(boolean parked);

    /** How many bytes were read so far. */
    long bytesRead();

    /** The slices of its user. */
    Slice slice();
  }

  /** What one user has of the time of a pass. */
  static final class Slice {
    private long pass;
    private long nanos;
    private long clearedPass;
    private long resumeAt;
    private long usedUpPass = -GREEDY_PASSES;

    private void begin(long now) {
      if (pass != now) {
        if (usedUpPass != pass) {
          resumeAt = 0;
        }
        pass = now;
        nanos = 0;
        clearedPass = Long.MAX_VALUE;
      }
    }

    private boolean isGreedy() {
      return pass - usedUpPass < GREEDY_PASSES;
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
    private boolean parked;

    /** Whoever was accepted in this pass or before need not wait for this connection. */
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
        queued = true;
        clearedPass = pass - 2; // when the last select found it open, and without input
        mark();
        queue.add(this);
      }
      more = true;
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

    /** What it had in its socket when the mark was set has been read by now. */
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
  private long accepted;
  private long pass;
  private long clearedPass;
  private boolean more;

  /**
   * An empty queue.
   *
   * @param socketBytesMax the most bytes that wait in a socket
   */
  ReadQueue(long socketBytesMax, LongSupplier nanoTime) {
    this.socketBytesMax = socketBytesMax;
    this.nanoTime = nanoTime;
  }

  /** A place for a connection that was accepted just now, after all others. */
  Place accepted(Input input) {
    return new Place(input, accepted++);
  }

  /** Begins a pass; to be called before its select. */
  void begin() {
    pass++;
  }

  /** Whether there is something to read that no select will report. */
  boolean hasMore() {
    return more;
  }

  /** Reads from each connection once, unless it has to wait. */
  void read() {
    more = false;
    int size = queue.size();
    if (size > 1) {
      queue.sort(Comparator.comparingLong(place -> place.number));
    }
    clearedPass = Long.MAX_VALUE;
    int kept = 0;
    for (int i = 0; i < size; i++) {
      Place place = queue.get(i);
      if (size > FEW ? stays(place, place.input.slice()) : stays(place)) {
        queue.set(kept++, place);
      } else {
        place.queued = false;
      }
    }
    queue.subList(kept, size).clear();
  }

  private boolean stays(Place place) {
    return readInOrder(place, clearedPass) && notCleared(place);
  }

  private boolean notCleared(Place place) {
    clearedPass = Math.min(clearedPass, place.clearedPass);
    return true;
  }

  private boolean stays(Place place, Slice slice) {
    slice.begin(pass);
    boolean reached = slice.reaches(place);
    if (reached) {
      long beginNanos = nanoTime.getAsLong();
      boolean stays = readInOrder(place, Math.min(clearedPass, slice.clearedPass));
      slice.nanos += nanoTime.getAsLong() - beginNanos;
      if (!stays) {
        return false;
      }
    } else {
      more = true;
    }
    slice.clearedPass = Math.min(slice.clearedPass, place.clearedPass);
    return slice.isGreedy() || notCleared(place);
  }

  /** Reads unless older ones come first; whether it stays in the queue. */
  private boolean readInOrder(Place place, long cleared) {
    boolean waits = !place.begun && place.acceptedInPass > cleared;
    place.park(waits);
    if (waits) {
      return true;
    }
    Progress progress = place.input.read();
    if (progress == Progress.DONE) {
      place.begun = true;
      return false;
    }
    place.begun |= progress == Progress.MORE;
    more |= progress == Progress.MORE;
    place.passMark();
    return true;
  }
}
