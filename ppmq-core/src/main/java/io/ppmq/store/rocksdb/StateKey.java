package io.ppmq.store.rocksdb;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The kinds of keys in the state column family, which {@link Keys} draws. All code that iterates
 * over the state switches over all of them, so that no new kind is forgotten there.
 */
enum StateKey {
  FORMAT,
  NONCE,
  IDS,
  TOPIC,
  LOG_MARK,
  PROGRESS,
  RETAINED,
  MARK,
  DELAYS,
  APPLIED;

  /** The kind of a stored key; null for a key of no known version. */
  static @Nullable StateKey of(byte[] key) {
    if (Arrays.equals(key, Keys.FORMAT_KEY)) {
      return FORMAT;
    }
    if (Arrays.equals(key, Keys.NONCE_KEY)) {
      return NONCE;
    }
    if (Arrays.equals(key, Keys.IDS_KEY)) {
      return IDS;
    }
    if (Arrays.equals(key, Keys.APPLIED_KEY)) {
      return APPLIED;
    }
    return switch (key.length < 2 ? 0 : key[0]) {
      case Keys.TOPIC -> TOPIC;
      case Keys.LOG_MARK -> key.length == 9 ? LOG_MARK : null;
      case Keys.PROGRESS -> key.length >= 5 ? PROGRESS : null;
      case Keys.RETAINED -> key.length == 5 ? RETAINED : null;
      case Keys.MARK -> MARK;
      case Keys.DELAYS -> key.length == 5 ? DELAYS : null;
      default -> null;
    };
  }
}
