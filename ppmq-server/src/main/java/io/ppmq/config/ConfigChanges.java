package io.ppmq.config;

import io.ppmq.message.GoDuration;
import io.ppmq.topic.WhenFull;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The differences between two configurations, as sentences. The sentences name the keys of the
 * file: the components of the records have the same names except for the first letter, and one for
 * its unit.
 */
public final class ConfigChanges {
  private static final Set<String> LISTS = Set.of("Subscribers", "Topics");

  private final List<String> sentences = new ArrayList<>();
  private final List<String> refusals = new ArrayList<>();

  private ConfigChanges() {}

  /** Compares them. */
  public static ConfigChanges between(Config before, Config after) {
    ConfigChanges changes = new ConfigChanges();
    changes.compareFiles(before, after);
    changes.compareLists(
        "subscriber",
        named(before.subscribers(), SubscriberConfig::name),
        named(after.subscribers(), SubscriberConfig::name));
    changes.compareLists(
        "topic",
        named(before.topics(), TopicConfig::name),
        named(after.topics(), TopicConfig::name));
    return changes;
  }

  /** Whether a running broker can apply the changes: there are no refusals. */
  public boolean isLive() {
    return refusals.isEmpty();
  }

  /** Each change that needs a restart. */
  public List<String> refusals() {
    return List.copyOf(refusals);
  }

  /** Each change that needs no restart. */
  public List<String> sentences() {
    return List.copyOf(sentences);
  }

  private void compareFiles(Config before, Config after) {
    boolean moved = !before.serverSocket().equals(after.serverSocket());
    differences(before, after)
        .forEach(
            (key, values) -> {
              if (LISTS.contains(key)) {
                return; // compared by name
              }
              if (ConfigKeys.isLive(key)) {
                sentences.add(key + " " + values);
              } else if (!(moved && key.equals("Admin"))) {
                // If ServerSocket changes, the admin socket beside it changes too.
                refusals.add(key + " cannot be changed while the broker runs: it " + values);
              }
            });
  }

  private static <T> Map<String, T> named(List<T> list, Function<T, String> name) {
    Map<String, T> map = new LinkedHashMap<>();
    list.forEach(element -> map.put(name.apply(element), element));
    return map;
  }

  private <T extends Record> void compareLists(
      String kind, Map<String, T> before, Map<String, T> after) {
    after.forEach(
        (name, now) -> {
          T was = before.get(name);
          if (was == null) {
            sentences.add(kind + " " + name + " is added");
          } else {
            differences(was, now)
                .forEach(
                    (key, values) -> sentences.add(kind + " " + name + ": " + key + " " + values));
          }
        });
    for (String name : before.keySet()) {
      if (!after.containsKey(name)) {
        sentences.add(
            kind + " " + name + " is removed; its queued messages are kept until they are purged");
      }
    }
  }

  /** Each changed key with its old and its new value. */
  private static Map<String, String> differences(Record before, Record after) {
    Map<String, String> differences = new LinkedHashMap<>();
    for (RecordComponent component : before.getClass().getRecordComponents()) {
      Object was = value(before, component);
      Object is = value(after, component);
      if (!Objects.equals(was, is)) {
        if (was instanceof LimitsConfig limits && is != null) {
          differences.putAll(differences(limits, (LimitsConfig) is));
        } else if (was instanceof ClusterConfig cluster && is != null) {
          differences(cluster, (ClusterConfig) is)
              .forEach((key, values) -> differences.put("Cluster." + key, values));
        } else {
          differences.put(key(component), "was " + shown(was) + ", is " + shown(is));
        }
      }
    }
    return differences;
  }

  private static String key(RecordComponent component) {
    String name = component.getName();
    return switch (name) {
      case "minFreeDiskBytes" -> "MinFreeDisk";
      case "ca" -> "CA";
      default -> name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1);
    };
  }

  private static @Nullable Object value(Record record, RecordComponent component) {
    try {
      return component.getAccessor().invoke(record);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(component + " cannot be read", e);
    }
  }

  private static String shown(@Nullable Object value) {
    if (value instanceof Duration duration) {
      return GoDuration.format(duration);
    }
    if (value instanceof WhenFull whenFull) {
      return whenFull.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
    return value == null ? "none" : String.valueOf(value);
  }
}
