package io.ppmq.config;

import io.ppmq.config.Section.Spot;
import io.ppmq.topic.WhenFull;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the limits of the topics, and notes their errors; errors between topics after all are read.
 */
final class LimitsReader {
  private final Map<String, String> graves = new LinkedHashMap<>();
  private final Map<String, Spot> spots = new HashMap<>();
  private final Set<String> names = new HashSet<>();

  /**
   * The limits of a topic.
   *
   * @param name the name of the topic; null if that is wrong
   */
  LimitsConfig read(@Nullable String name, Section topic, Duration ackRetry) {
    WhenFull whenFull = ConfigKeys.WHEN_FULL.in(topic);
    String deadLetter = ConfigKeys.DEAD_LETTER.find(topic);
    LimitsConfig limits =
        new LimitsConfig(
            ConfigKeys.MAX_MESSAGES.in(topic),
            ConfigKeys.MAX_BYTES.in(topic),
            whenFull,
            (int) Math.min(ConfigKeys.MAX_DELIVERIES.in(topic), Integer.MAX_VALUE),
            deadLetter,
            ConfigKeys.ACK_RETRY_MAX.in(topic),
            ConfigKeys.MAX_AGE.in(topic));
    noteIdle(topic, limits, ackRetry);
    if (!limits.maxAge().isZero() && topic.has("Expire") && !ConfigKeys.EXPIRE.in(topic)) {
      topic.error(topic.at("MaxAge"), "MaxAge makes messages expire, but Expire is false");
    }
    if (name != null) {
      boolean first = names.add(name);
      if (first && deadLetter != null) {
        graves.put(name, deadLetter);
        spots.put(name, topic.spot("DeadLetter"));
      }
    }
    return limits;
  }

  /** Notes keys that have no effect without another key, or contradict it. */
  private static void noteIdle(Section topic, LimitsConfig limits, Duration ackRetry) {
    if (topic.has("WhenFull") && limits.maxMessages() == 0 && limits.maxBytes() == 0) {
      topic.warn(topic.at("WhenFull"), "WhenFull has no effect without MaxMessages or MaxBytes");
    }
    if (limits.deadLetter() != null && limits.maxDeliveries() == 0) {
      topic.warn(
          topic.at("DeadLetter"),
          "DeadLetter gets only messages nacked with RetryAfter never: MaxDeliveries is missing");
    }
    Duration max = limits.ackRetryMax();
    if (!max.isZero() && ackRetry.isZero()) {
      topic.error(topic.at("AckRetryMax"), "AckRetryMax needs an AckRetry to double");
    } else if (!max.isZero() && max.compareTo(ackRetry) < 0) {
      topic.error(topic.at("AckRetryMax"), "AckRetryMax must not be below AckRetry");
    }
  }

  /** Notes dead-letter topics that do not exist, or whose dead letters lead back to the topic. */
  void noteGraves() {
    graves.forEach(
        (name, grave) -> {
          Spot spot = spots.get(name);
          if (spot == null) {
            return;
          }
          if (!names.contains(grave)) {
            spot.error("DeadLetter names the unknown topic " + Quoted.of(grave));
          } else if (grave.equals(name)) {
            spot.error("DeadLetter names the topic itself");
          } else if (leadsBackTo(name)) {
            spot.error("DeadLetter " + Quoted.of(grave) + " leads back to this topic, in a circle");
          }
        });
  }

  private boolean leadsBackTo(String name) {
    Set<String> seen = new HashSet<>();
    String next = graves.get(name);
    while (next != null && seen.add(next)) {
      if (next.equals(name)) {
        return true;
      }
      next = graves.get(next);
    }
    return false;
  }
}
