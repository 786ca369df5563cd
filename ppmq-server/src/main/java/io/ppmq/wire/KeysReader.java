package io.ppmq.wire;

import com.fasterxml.jackson.core.JsonToken;
import io.ppmq.broker.request.ErrorCode;
import io.ppmq.message.Bytes;
import io.ppmq.message.Message;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Reads the keys of messages in Acks, Nacks and Extend. */
final class KeysReader {
  private final ValueCursor cursor;

  KeysReader(ValueCursor cursor) {
    this.cursor = cursor;
  }

  /** The present array of keys; null counts as none. */
  List<Bytes> keys(String field) throws IOException {
    if (cursor.token() != JsonToken.START_ARRAY) {
      if (cursor.token() != JsonToken.VALUE_NULL) {
        cursor.refuse(cursor.start(), field + " must be an array");
      }
      cursor.skip();
      return List.of();
    }
    String each = "a key in " + field;
    List<Bytes> keys = new ArrayList<>();
    PackedMessages packed = null;
    cursor.next();
    while (cursor.token() != JsonToken.END_ARRAY) {
      int start = cursor.start();
      Bytes key = cursor.string(each, Message.KEY_BYTES_MAX);
      if (key == null) {
        cursor.refuse(start, each + " must be a string");
      } else if (keys.size() < PackedMessages.UNPACKED_MAX) {
        keys.add(key);
      } else {
        packed = packed == null ? PackedMessages.ofKeys(keys, cursor.array()) : packed;
        packed.addKey(key);
      }
    }
    cursor.next();
    return packed == null ? keys : packed.keys();
  }

  /**
   * Refuses a key that is in two of the arrays, and more nacked and extended keys than can be
   * handled together.
   *
   * @param start the beginning of the value
   */
  void checkDistinct(int start, List<Bytes> acks, List<Bytes> nacks, List<Bytes> extend) {
    if (nacks.isEmpty() && extend.isEmpty()) {
      return;
    }
    long count = (long) nacks.size() + extend.size();
    if (count > Limits.NACKS_MAX) {
      cursor.refuse(
          start,
          ErrorCode.TOO_LARGE,
          count + " keys in Nacks and Extend are more than " + Limits.NACKS_MAX);
      return;
    }
    long extendBytes = 0;
    for (Bytes key : extend) {
      extendBytes += key.length();
    }
    if (extendBytes > Limits.EXTEND_BYTES_MAX) {
      cursor.refuse(
          start,
          ErrorCode.TOO_LARGE,
          "the keys in Extend are longer than " + Limits.EXTEND_BYTES_MAX + " bytes together");
    }
    if (acks.isEmpty() && (nacks.isEmpty() || extend.isEmpty())) {
      return;
    }
    Set<Bytes> nacked = new HashSet<>(nacks);
    Set<Bytes> extended = new HashSet<>(extend);
    boolean twice = extend.stream().anyMatch(nacked::contains);
    for (Bytes key : acks) {
      twice |= nacked.contains(key) || extended.contains(key);
    }
    if (twice) {
      cursor.refuse(start, "a key is in two of Acks, Nacks and Extend");
    }
  }
}
