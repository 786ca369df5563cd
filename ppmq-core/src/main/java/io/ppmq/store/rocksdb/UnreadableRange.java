package io.ppmq.store.rocksdb;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The sentence about a range of keys that cannot be read. */
final class UnreadableRange {
  private static final int STATE = 0;
  private static final int LOG = 1;
  private static final Pattern PLACE = Pattern.compile("(\\d+\\.sst) offset (\\d+) size (\\d+)");

  private UnreadableRange() {}

  /** The file, the place in it, and its lost content. */
  static String sentence(
      Map<Integer, String> names,
      int family,
      byte @Nullable [] after,
      byte @Nullable [] before,
      String reason) {
    Matcher place = PLACE.matcher(reason);
    String where =
        place.find()
            ? place.group(1) + ": " + place.group(3) + " bytes at byte " + place.group(2)
            : "a table";
    return where + " cannot be read: " + what(names, family, after, before);
  }

  /** The message of RocksDB, without the directory, which is known. */
  static String plain(String reason) {
    return reason.replaceAll("/\\S*/(?=\\d+\\.sst)", "");
  }

  private static String what(
      Map<Integer, String> names, int family, byte @Nullable [] after, byte @Nullable [] before) {
    return switch (family) {
      case STATE -> "progress of subscribers, or names of topics";
      case LOG -> "messages " + between(names, after, before);
      default -> "messages that are kept under their keys, " + between(names, after, before);
    };
  }

  private static String between(
      Map<Integer, String> names, byte @Nullable [] after, byte @Nullable [] before) {
    return "from " + place(names, after, "the first") + " to " + place(names, before, "the last");
  }

  private static String place(Map<Integer, String> names, byte @Nullable [] key, String otherwise) {
    if (key == null || key.length < 4) {
      return otherwise;
    }
    ByteBuffer in = ByteBuffer.wrap(key);
    int number = in.getInt();
    String topic = "topic " + names.getOrDefault(number, "number " + number);
    return key.length < 16 ? topic : topic + ", priority " + in.getInt() + ", id " + in.getLong();
  }
}
