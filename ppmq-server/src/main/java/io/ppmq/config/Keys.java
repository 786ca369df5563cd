package io.ppmq.config;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The keys that a mapping may have, by its place in the file.
 *
 * @param place where such a mapping is, for a key that belongs there and is elsewhere
 * @param served those that have an effect
 */
record Keys(String place, List<String> served) {
  static final Keys FILE =
      new Keys(
          "the top of the file",
          List.of(
              "ServerSocket",
              "DataPath",
              "Subscribers",
              "Topics",
              "Sync",
              "MaxMessageBytes",
              "MaxValueBytes",
              "MaxBatchBytes",
              "MinFreeDisk",
              "Admin",
              "ServerSocketMode",
              "ServerSocketGroup",
              "MetricsFile",
              "ConsoleChanges"));

  /** The Go package numbers its subscribers itself, and accepts the number as {@code id}. */
  static final Keys SUBSCRIBER =
      new Keys(
          "Subscribers[]",
          List.of("Name", "Socket", "BatchSize", "RedeliverOnClose", "User", "Id", "id"));

  static final Keys TOPIC =
      new Keys(
          "Topics[]",
          List.of(
              "Name",
              "Subscribers",
              "AckRetry",
              "AckRetryMax",
              "Dedupe",
              "Priorities",
              "Expire",
              "MaxMessages",
              "MaxBytes",
              "WhenFull",
              "MaxDeliveries",
              "DeadLetter",
              "Publishers"));

  private static final int KEY_LENGTH_MAX = 40;

  /** What there is to say about {@code key}; null when it is served here. */
  @Nullable String warning(String key) {
    if (served.contains(key)) {
      return null;
    }
    return "unknown key " + Quoted.of(key) + " has no effect" + hint(key);
  }

  private String hint(String key) {
    for (Keys other : List.of(FILE, SUBSCRIBER, TOPIC)) {
      if (other.served.contains(key)) {
        return ": it belongs in " + other.place;
      }
    }
    String near = nearest(key);
    return near == null ? "" : ": did you mean " + near + "?";
  }

  private @Nullable String nearest(String key) {
    String nearest = null;
    int best = KEY_LENGTH_MAX;
    for (String known : served) {
      int limit = Math.min(best, 1 + Math.max(key.length(), known.length()) / 3);
      int distance = distance(key.toLowerCase(Locale.ROOT), known.toLowerCase(Locale.ROOT), limit);
      if (distance < limit) {
        best = distance;
        nearest = known;
      }
    }
    return nearest;
  }

  /** Letters to insert, delete or exchange to make one of the other; {@code limit} if no fewer. */
  private static int distance(String one, String other, int limit) {
    if (Math.abs(one.length() - other.length()) >= limit) {
      return limit;
    }
    int[] row = new int[other.length() + 1];
    for (int j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= one.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j < row.length; j++) {
        int exchanged = diagonal + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(exchanged, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return Math.min(row[other.length()], limit);
  }
}
