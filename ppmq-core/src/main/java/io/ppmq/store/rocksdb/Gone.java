package io.ppmq.store.rocksdb;

import io.ppmq.store.KeyedMessage;

/**
 * The data that the commit being collected removes, and that earlier commits have dropped; it is
 * reported to {@link Reclaim} when the commit has taken effect. Owned by the writer's thread.
 */
class Gone {
  /** The assumed size of an entry that is removed by itself, beside its messages. */
  private static final long ENTRY_BYTES = 64;

  private final Reclaim reclaim;
  private long log;
  private long keyed;
  private long expiry;
  private long delayed;
  private long appendedBytes;

  Gone(Reclaim reclaim) {
    this.reclaim = reclaim;
  }

  /** Notes that the commit being collected has taken effect, of this many bytes. */
  final void committed(long bytes) {
    reclaim.committed(bytes, log, keyed, expiry, delayed);
    log = 0;
    keyed = 0;
    expiry = 0;
    delayed = 0;
  }

  /** Notes that a committed change dropped the entries between two ids of a log. */
  void dropped(int topic, int priority, long from, long to) {
    reclaim.dropped(topic, priority, from, to);
  }

  /** Notes that an entry of this many bytes was added to a log; returns the total so far. */
  final long appended(int bytes) {
    appendedBytes += bytes;
    return appendedBytes;
  }

  /** Notes that an entry was removed by itself, which held messages of this many bytes. */
  final void removedEntry(long bytes) {
    log += ENTRY_BYTES + bytes;
  }

  /** Notes that a keyed message was forgotten or replaced. */
  final void removedKeyed(KeyedMessage message) {
    keyed += message.key().length() + message.payload().length();
  }

  /** Notes that keyed messages of this many bytes were forgotten together. */
  final void removedKeyed(long bytes) {
    keyed += bytes;
  }

  /** Notes that an item was taken off the expiry list. */
  final void removedExpiry(int bytes) {
    expiry += bytes;
  }

  /** Notes that delayed messages of this many bytes were removed. */
  final void removedDelayed(long bytes) {
    delayed += bytes;
  }
}
