package io.ppmq.it;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The configuration of a broker under test. By default a topic has one subscriber of the same name;
 * all sockets are in the directory of the configuration.
 */
final class Layout {
  private final List<String> lines = new ArrayList<>();
  private final Map<String, List<String>> topics = new LinkedHashMap<>();
  private final Map<String, Integer> batchSizes = new LinkedHashMap<>();
  private final Map<String, String> addresses = new LinkedHashMap<>();
  private final Map<String, String> options = new LinkedHashMap<>();
  private String server = "";

  /** A line of the top level, such as {@code Sync: never}. */
  Layout with(String line) {
    lines.add(line);
    return this;
  }

  /** A topic with a subscriber of the same name; options are lines such as {@code Dedupe: true}. */
  Layout topic(String name, String... options) {
    return topicFor(List.of(name), name, options);
  }

  /** A topic with these subscribers. */
  Layout topicFor(List<String> subscribers, String name, String... options) {
    List<String> all = new ArrayList<>(List.of(options));
    all.add("Subscribers: " + subscribers);
    topics.put(name, all);
    subscribers.forEach(subscriber -> batchSizes.putIfAbsent(subscriber, 50));
    return this;
  }

  /** A subscriber's batch size. */
  Layout batch(String subscriber, int size) {
    batchSizes.put(subscriber, size);
    return this;
  }

  /** A line for a subscriber, such as {@code RedeliverOnClose: true}. */
  Layout subscriberWith(String subscriber, String line) {
    options.put(subscriber, line);
    return this;
  }

  /** A subscriber at another socket than usual. */
  Layout subscriberAt(String subscriber, String address) {
    addresses.put(subscriber, address);
    return this;
  }

  /** A subscriber that connects to the broker itself. */
  Layout subscriberWithoutSocket(String subscriber) {
    return subscriberAt(subscriber, "");
  }

  /** A broker at another socket than usual. */
  Layout serverAt(String address) {
    server = address;
    return this;
  }

  /** The socket of a broker of this layout. */
  static Path serverSocket(Path directory) {
    return directory.resolve("mq");
  }

  static Path subscriberSocket(Path directory, String subscriber) {
    return directory.resolve(subscriber + ".s");
  }

  /** The file's text. */
  String yaml(Path directory, String dataPath) {
    StringBuilder yaml = new StringBuilder();
    String at = server.isEmpty() ? serverSocket(directory).toString() : server;
    yaml.append("ServerSocket: ").append(at).append('\n');
    yaml.append("DataPath: ").append(dataPath).append('\n');
    lines.forEach(line -> yaml.append(line).append('\n'));
    yaml.append("Subscribers:\n");
    batchSizes.forEach(
        (name, size) -> {
          String usual = subscriberSocket(directory, name).toString();
          yaml.append("  - Name: ").append(name).append('\n');
          String address = addresses.getOrDefault(name, usual);
          if (!address.isEmpty()) {
            yaml.append("    Socket: ").append(address).append('\n');
          }
          yaml.append("    BatchSize: ").append(size).append('\n');
          if (options.containsKey(name)) {
            yaml.append("    ").append(options.get(name)).append('\n');
          }
        });
    yaml.append("Topics:\n");
    topics.forEach(
        (name, topicLines) -> {
          yaml.append("  - Name: ").append(name).append('\n');
          topicLines.forEach(option -> yaml.append("    ").append(option).append('\n'));
        });
    return yaml.toString();
  }
}
