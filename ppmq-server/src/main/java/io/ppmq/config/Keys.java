package io.ppmq.config;

import java.util.Collections;
import java.util.Comparator;
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
              "AdminMode",
              "AdminGroup",
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

  /** So much of a key is compared. */
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
    String given = key.substring(0, Math.min(key.length(), KEY_LENGTH_MAX));
    String nearest =
        Collections.min(served, Comparator.comparingInt(known -> distance(given, known)));
    boolean meant = distance(given, nearest) <= Math.max(given.length(), nearest.length()) / 3;
    return meant
        ? ": did you mean " + nearest + "?"
        : ": the nearest that is known here is " + nearest;
  }

  /** Letters to insert, delete or exchange to make one of the other, whatever their case. */
  private static int distance(String given, String known) {
    String one = given.toLowerCase(Locale.ROOT);
    String other = known.toLowerCase(Locale.ROOT);
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
    return row[other.length()];
  }
}
