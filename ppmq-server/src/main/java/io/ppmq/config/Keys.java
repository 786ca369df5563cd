package io.ppmq.config;

import java.util.List;
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
          List.of(
              "Name",
              "Socket",
              "BatchSize",
              "Connections",
              "RedeliverOnClose",
              "User",
              "Id",
              "id"));

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
    String nearest = Spelling.nearest(key, served);
    return Spelling.isMeant(key, nearest)
        ? ": did you mean " + nearest + "?"
        : ": the nearest that is known here is " + nearest;
  }
}
