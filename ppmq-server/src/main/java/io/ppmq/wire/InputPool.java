package io.ppmq.wire;

import io.ppmq.wire.InputBudget.Share;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The pool of an {@link InputBudget}: it counts what each connection may come to keep there, and
 * knows how much more one may take. For one thread.
 *
 * <p>A small part is for connections that acknowledge and find no other room. Nobody else gets it,
 * and they get no other privilege: any user can acknowledge something. One user has at most {@link
 * #TIMES_THE_REST} times what is left to others, in that part and in the rest. A connection whose
 * user is unknown has no such bound; so users are looked up as soon as something is kept.
 */
final class InputPool {
  /** The part for users with a reserve, and as much for acknowledgements: a sixteenth. */
  private static final int RESERVED_PART = 16;

  /** A user may have at most this many times the room that is left. */
  private static final int TIMES_THE_REST = 3;

  /**
   * The size of the pool and its division.
   *
   * @param bytes the whole pool
   * @param provenBytes the part for connections that have sent a whole value
   * @param beginningBytes the part of the rest for beginnings
   */
  record Division(long bytes, long provenBytes, long beginningBytes) {
    long reservedBytes() {
      return bytes / RESERVED_PART;
    }
  }

  private final Division division;
  private final Set<Decoder> keepers = new LinkedHashSet<>();

  /** The used bytes outside of the part for acknowledgements. */
  private long commonBytes;

  /** The used bytes of the part for acknowledgements. */
  private long acknowledgingBytes;

  InputPool(Division division) {
    this.division = division;
  }

  long bytes() {
    return division.bytes;
  }

  long usedBytes() {
    return commonBytes + acknowledgingBytes;
  }

  /** The connections that keep something here. */
  Set<Decoder> keepers() {
    return Collections.unmodifiableSet(keepers);
  }

  /** The bytes of a value of {@code decoder} that can be kept here for certain. */
  int room(Decoder decoder) {
    if (decoder.pooledBytes == InputBudget.SMALL_BYTES_MAX) {
      return InputBudget.SMALL_BYTES_MAX;
    }
    if (decoder.pooledBytes > 0 || usedBytes() > division.bytes / 4) {
      learnShare(decoder);
    }
    return Math.max(commonRoom(decoder), acknowledgingRoom(decoder));
  }

  private int commonRoom(Decoder decoder) {
    long ownBytes = decoder.inAcknowledgingPart ? 0 : decoder.pooledBytes;
    long free =
        division.bytes - (decoder.proven ? 0 : division.provenBytes) - (commonBytes - ownBytes);
    Share share = decoder.share;
    if (share != null) {
      free -= division.reservedBytes() + (share.reserved ? 0 : division.reservedBytes());
      free = leavingRoom(free, share.commonBytes - ownBytes);
    }
    return piece(free, decoder.proven ? 0 : division.beginningBytes);
  }

  private int acknowledgingRoom(Decoder decoder) {
    Share share = decoder.share;
    if (share == null || !decoder.proven || !decoder.sink().acknowledges()) {
      return 0;
    }
    long ownBytes = decoder.inAcknowledgingPart ? decoder.pooledBytes : 0;
    long free = division.reservedBytes() - (acknowledgingBytes - ownBytes);
    return piece(leavingRoom(free, share.acknowledgingBytes - ownBytes), 0);
  }

  /** The part of the free bytes that a user may take whose other connections have some. */
  private static long leavingRoom(long free, long ownOthersBytes) {
    return Math.min(free, (TIMES_THE_REST * free - ownOthersBytes) / (TIMES_THE_REST + 1));
  }

  private static int piece(long free, long beginningBytes) {
    if (free - beginningBytes >= InputBudget.SMALL_BYTES_MAX) {
      return InputBudget.SMALL_BYTES_MAX;
    }
    return free >= InputBudget.BEGINNING_BYTES_MAX ? InputBudget.BEGINNING_BYTES_MAX : 0;
  }

  /** Looks up the user if that is still to be done. */
  static void learnShare(Decoder decoder) {
    Share share = decoder.share == null ? decoder.sink().share() : null;
    if (share != null) {
      decoder.share = share;
      share.commonBytes += decoder.pooledBytes;
    }
  }

  /**
   * Notes that {@code decoder}, which has room, now keeps this many bytes. It counts the most that
   * the decoder may come to keep here, so that it can always finish.
   */
  void keep(Decoder decoder, int bytes) {
    int counted = InputBudget.arrayBytesMax(bytes, InputBudget.SMALL_BYTES_MAX);
    keepers.add(decoder);
    if (counted != decoder.pooledBytes) {
      learnShare(decoder);
      boolean spare = commonRoom(decoder) < counted && acknowledgingRoom(decoder) >= counted;
      count(decoder, -decoder.pooledBytes);
      decoder.inAcknowledgingPart = spare;
      count(decoder, counted);
    }
  }

  /** Notes that {@code decoder} keeps nothing here now. */
  void leave(Decoder decoder) {
    if (keepers.remove(decoder)) {
      count(decoder, -decoder.pooledBytes);
      decoder.inAcknowledgingPart = false;
    }
  }

  private void count(Decoder decoder, int bytes) {
    decoder.pooledBytes += bytes;
    Share share = decoder.share;
    if (decoder.inAcknowledgingPart) {
      acknowledgingBytes += bytes;
    } else {
      commonBytes += bytes;
    }
    if (share != null && decoder.inAcknowledgingPart) {
      share.acknowledgingBytes += bytes;
    } else if (share != null) {
      share.commonBytes += bytes;
    }
  }
}
