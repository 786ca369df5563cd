package io.ppmq.server;

import io.ppmq.config.Config;
import io.ppmq.config.SubscriberConfig;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * About the memory that topics and subscribers take without traffic. A broker is started with as
 * much as its configuration file needs ({@code choose_serve_flags} of the launcher); a reload of a
 * much longer file would end it for lack of memory.
 */
public final class HeapNeed {
  static final int TOPIC_BYTES = 1200;
  static final int SUBSCRIPTION_BYTES = 1200;
  static final int SUBSCRIBER_BYTES = 2200;
  static final int SOCKET_BYTES = 800;

  /** The rest is for connections and messages. */
  private static final double PART_MAX = 0.8;

  /** A message is in memory several times over while it is read, stored and encoded. */
  private static final int MESSAGE_COPIES = 5;

  /** A value of many messages is there as it came, and packed message by message. */
  private static final int VALUE_COPIES = 2;

  private HeapNeed() {}

  /**
   * A sentence for each bound of the configuration that is too high for the heap: one message or
   * value within it may end the broker.
   */
  public static List<String> warnings(Config config, long heapBytes) {
    List<String> warnings = new ArrayList<>();
    warn(warnings, "MaxMessageBytes", config.maxMessageBytes(), MESSAGE_COPIES, heapBytes);
    warn(warnings, "MaxValueBytes", config.maxValueBytes(), VALUE_COPIES, heapBytes);
    return warnings;
  }

  private static void warn(
      List<String> warnings, String key, long bytes, int copies, long heapBytes) {
    if (bytes * copies > heapBytes) {
      String sentence =
          "%s is %d: it needs about %d MiB of heap, and this broker has %d MiB. Start it with"
              + " PPMQ_JAVA_OPTS=-Xmx…m, or one message or value of that size may end it";
      warnings.add(sentence.formatted(key, bytes, ((bytes * copies) >> 20) + 1, heapBytes >> 20));
    }
  }

  /** Why a broker with this much memory cannot apply the next configuration; null if it can. */
  static @Nullable String complaint(Config current, Config next, long heapBytes) {
    long bytes = bytes(next);
    if (bytes <= bytes(current) || bytes <= PART_MAX * heapBytes) {
      return null;
    }
    String sentence =
        "%d topics and %d subscribers take about %d MiB of memory, more than this broker was"
            + " started with: restart it";
    return sentence.formatted(next.topics().size(), next.subscribers().size(), (bytes >> 20) + 1);
  }

  private static long bytes(Config config) {
    long bytes = (long) TOPIC_BYTES * config.topics().size();
    for (SubscriberConfig subscriber : config.subscribers()) {
      bytes += SUBSCRIBER_BYTES + (subscriber.socket() == null ? 0 : SOCKET_BYTES);
    }
    return bytes
        + config.topics().stream()
            .mapToLong(topic -> (long) SUBSCRIPTION_BYTES * topic.subscribers().size())
            .sum();
  }
}
