package io.ppmq.config;

import static java.util.Objects.requireNonNull;

import io.ppmq.config.Section.Spot;
import io.ppmq.topic.TopicSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.ScalarNode;

/** Reads the tree of a file into a {@link Config}, and notes all errors. */
final class ConfigReader {
  private final Problems problems;
  private final Section file;
  private final Sockets sockets;
  private final Map<String, Spot> subscribersByName = new LinkedHashMap<>();

  /** The subscribers with more than one connection. */
  private final Map<String, Spot> severalWorkers = new LinkedHashMap<>();

  private final Map<String, Spot> topicsByName = new HashMap<>();
  private final LimitsReader limits = new LimitsReader();
  private final ClusterReader clusters;
  private UsersReader users;
  private final Set<String> served = new LinkedHashSet<>();
  private @Nullable Set<String> deadLetterTopics;

  ConfigReader(MappingNode root, Problems problems) {
    this.problems = problems;
    this.file = new Section("", root, ConfigKeys.FILE, problems);
    this.sockets = new Sockets(file);
    this.clusters = new ClusterReader(file, problems);
    this.users = new UsersReader(null, clusters);
  }

  Config read() throws InvalidConfig {
    Address serverSocket = ConfigKeys.SERVER_SOCKET.find(file);
    DataPath dataPath =
        clusters.isRelay() && !file.has("DataPath")
            ? DataPath.MEMORY
            : ConfigKeys.DATA_PATH.find(file);
    Address admin = admin(serverSocket, dataPath);
    sockets.broker("ServerSocket", serverSocket);
    sockets.broker("Admin", admin);
    sockets.dataPath(dataPath);
    SocketMode mode = ConfigKeys.SERVER_SOCKET_MODE.in(file);
    String group = ConfigKeys.SERVER_SOCKET_GROUP.find(file);
    SocketMode adminMode = ConfigKeys.ADMIN_MODE.in(file);
    String adminGroup = ConfigKeys.ADMIN_GROUP.find(file);
    noteFile("ServerSocket", serverSocket);
    noteFile("Admin", admin);
    noteAdministrators(admin, mode, group, adminMode, adminGroup);
    users = new UsersReader(serverSocket, clusters);
    Path metricsFile = ConfigKeys.METRICS_FILE.find(file);
    boolean consoleChanges = consoleChanges(admin);
    Sync sync = ConfigKeys.SYNC.in(file);
    int maxMessageBytes = ConfigKeys.MAX_MESSAGE_BYTES.in(file);
    int maxValueBytes = ConfigKeys.MAX_VALUE_BYTES.in(file);
    noteOrder(maxMessageBytes, maxValueBytes);
    int maxBatchBytes = ConfigKeys.MAX_BATCH_BYTES.in(file);
    long minFreeDiskBytes = ConfigKeys.MIN_FREE_DISK.in(file);
    ClusterConfig cluster = clusters.read(dataPath, sync, maxValueBytes);
    List<SubscriberConfig> subscribers = subscribers();
    List<TopicConfig> topics = topics();
    noteIdle();
    problems.throwIfErrors();
    return new Config(
        requireNonNull(serverSocket),
        admin,
        metricsFile,
        consoleChanges,
        requireNonNull(dataPath),
        sync,
        maxMessageBytes,
        maxValueBytes,
        maxBatchBytes,
        minFreeDiskBytes,
        mode,
        group,
        adminMode,
        adminGroup,
        subscribers,
        topics,
        cluster);
  }

  /** The line of {@code Cluster}; 0 without it. */
  int clusterLine() {
    return clusters.line();
  }

  private @Nullable Address admin(@Nullable Address serverSocket, @Nullable DataPath dataPath) {
    if (file.has("Admin")) {
      return ConfigKeys.ADMIN.find(file);
    }
    List<Path> places = new ArrayList<>();
    if (serverSocket instanceof Address.Unix unix) {
      places.add(Path.of(unix.path() + ".admin"));
    }
    if (dataPath instanceof DataPath.Directory directory) {
      places.add(directory.path().resolve("admin.socket"));
    }
    for (Path place : places) {
      if (Address.Unix.fits(place)) {
        return new Address.Unix(place);
      }
    }
    if (serverSocket != null && dataPath != null) {
      file.warn(
          file.at("ServerSocket"),
          "there is no admin interface: set Admin, because ServerSocket and DataPath give it no"
              + " default"
              + (places.isEmpty() ? "" : ", their paths are too long"));
    }
    return null;
  }

  /** Notes permissions of an address that is not a unix socket: only a file has permissions. */
  private void noteFile(String socket, @Nullable Address address) {
    for (String key : List.of(socket + "Mode", socket + "Group")) {
      if (file.has(key) && address instanceof Address.Tcp) {
        file.warn(file.at(key), key + " has no effect on a TCP " + socket);
      }
    }
  }

  /** The right to publish should not make a user an administrator. */
  private void noteAdministrators(
      @Nullable Address admin,
      SocketMode mode,
      @Nullable String group,
      SocketMode adminMode,
      @Nullable String adminGroup) {
    if (!(admin instanceof Address.Unix)) {
      return;
    }
    if (adminMode.admitsOthers()) {
      file.warn(
          file.at("AdminMode"), "AdminMode " + adminMode + " makes every user an administrator");
    } else if (adminMode.admitsGroup()
        && (mode.admitsGroup() || mode.admitsOthers())
        && ofProcess(group).equals(ofProcess(adminGroup))) {
      file.warn(
          file.at("AdminMode"),
          "AdminMode "
              + adminMode
              + " makes every user who may publish an administrator: both sockets have "
              + (group == null ? "the process's group" : "group " + Quoted.of(group))
              + "; set an AdminGroup for the admin socket only");
    }
  }

  /** The group, or that of this process for null: the group of a socket without one. */
  private static String ofProcess(@Nullable String group) {
    if (group != null) {
      return group;
    }
    try {
      return Files.readAttributes(Path.of("/proc/self"), PosixFileAttributes.class)
          .group()
          .getName();
    } catch (IOException e) {
      return ""; // no /proc here, and no group has this name
    }
  }

  private boolean consoleChanges(@Nullable Address admin) {
    boolean changes = ConfigKeys.CONSOLE_CHANGES.in(file);
    if (changes && admin instanceof Address.Unix) {
      file.warn(
          file.at("ConsoleChanges"),
          "ConsoleChanges has no effect without Admin: http://127.0.0.1:PORT");
    }
    return changes;
  }

  private void noteOrder(int maxMessageBytes, int maxValueBytes) {
    if (maxMessageBytes > maxValueBytes) {
      file.error(
          file.at(file.has("MaxMessageBytes") ? "MaxMessageBytes" : "MaxValueBytes"),
          "MaxMessageBytes, %d%s, must not be above MaxValueBytes, %d%s"
              .formatted(
                  maxMessageBytes,
                  file.has("MaxMessageBytes") ? "" : " by default",
                  maxValueBytes,
                  file.has("MaxValueBytes") ? "" : " by default"));
    }
  }

  private List<SubscriberConfig> subscribers() {
    List<SubscriberConfig> subscribers = new ArrayList<>();
    sections(
        ConfigKeys.SUBSCRIBERS, ConfigKeys.SUBSCRIBER, section -> subscriber(section, subscribers));
    return subscribers;
  }

  private void subscriber(Section section, List<SubscriberConfig> subscribers) {
    String name = ConfigKeys.SUBSCRIBER_NAME.find(section);
    noteDouble(section, name, subscribersByName);
    Address socket = socket(section);
    int batchSize = ConfigKeys.BATCH_SIZE.in(section);
    boolean redeliverOnClose = ConfigKeys.REDELIVER_ON_CLOSE.in(section);
    int connections = ConfigKeys.CONNECTIONS.in(section);
    List<String> user = users.user(section, socket);
    List<String> nodes = clusters.placesOf(section);
    if (TopicSettings.DEAD_LETTERS.equals(name)) {
      section.error(section.at("Name"), "this name is reserved for the broker");
    }
    List.of(ConfigKeys.ID, ConfigKeys.ID_IN_SMALL).forEach(key -> key.find(section));
    if (name != null && (socket != null || !section.has("Socket"))) {
      if (socket != null) {
        sockets.subscriber(section, name, socket);
      }
      if (connections > 1) {
        severalWorkers.put(name, section.spot("Connections"));
      }
      subscribers.add(
          new SubscriberConfig(
              name, socket, batchSize, redeliverOnClose, connections, user, nodes));
    }
  }

  /** Null if there is none, or it cannot be used. */
  private static @Nullable Address socket(Section section) {
    if (section.isEmpty("Socket")) {
      section.error(
          section.at("Socket"),
          "Socket has no value: remove it if the subscriber connects to the broker");
      return null;
    }
    if (section.has("Socket")) {
      return ConfigKeys.SOCKET.find(section);
    }
    if (section.unknownKey() != null) {
      section.error(
          section.at("Socket"),
          "Socket is missing, and "
              + Quoted.of(section.unknownKey())
              + " is unknown: is it a misspelt Socket? A subscriber without Socket connects to the"
              + " broker");
    }
    for (String key : List.of("Connections", "RedeliverOnClose")) {
      if (section.has(key)) {
        section.warn(section.at(key), key + " has no effect without Socket");
      }
    }
    return null;
  }

  private List<TopicConfig> topics() {
    List<TopicConfig> topics = new ArrayList<>();
    sections(ConfigKeys.TOPICS, ConfigKeys.TOPIC, section -> topics.add(topic(section)));
    limits.noteGraves();
    return topics;
  }

  private TopicConfig topic(Section section) {
    String name = ConfigKeys.TOPIC_NAME.find(section);
    noteDouble(section, name, topicsByName);
    Duration ackRetry = ConfigKeys.ACK_RETRY.in(section);
    LimitsConfig limitsOf = limits.read(name, section, ackRetry);
    return new TopicConfig(
        name == null ? "?" : name,
        subscribersOf(section, ackRetry),
        ackRetry,
        ConfigKeys.DEDUPE.in(section),
        ConfigKeys.PRIORITIES.in(section),
        ConfigKeys.EXPIRE.in(section) || !limitsOf.maxAge().isZero(),
        limitsOf,
        users.publishers(section));
  }

  private List<String> subscribersOf(Section topic, Duration ackRetry) {
    List<Node> items = ConfigKeys.TOPIC_SUBSCRIBERS.in(topic);
    Set<String> names = new LinkedHashSet<>();
    for (Node item : items) {
      String name = topic.item("Subscribers", item);
      if (name != null && !names.add(name)) {
        topic.error(item, "subscriber " + Quoted.of(name) + " is listed twice");
      } else if (name != null
          && file.isList("Subscribers")
          && !subscribersByName.containsKey(name)) {
        topic.error(item, "unknown subscriber " + Quoted.of(name));
      }
    }
    if (items.isEmpty() && topic.isList("Subscribers") && !isDeadLetter(topic)) {
      topic.warn(topic.at("Subscribers"), "has no subscribers: it accepts and drops");
    }
    served.addAll(names);
    if (ackRetry.isZero()) {
      warnOfWorkersThatNeverTimeOut(topic, names);
    }
    return List.copyOf(names);
  }

  private void warnOfWorkersThatNeverTimeOut(Section topic, Set<String> subscribers) {
    for (String subscriber : subscribers) {
      Spot connections = severalWorkers.get(subscriber);
      if (connections != null) {
        connections.warn(
            "topic "
                + Quoted.of(topic.text("Name"))
                + " has no AckRetry: a worker that hangs keeps its batch until its connection closes");
      }
    }
  }

  /**
   * Whether a topic names this one for its dead letters; then it keeps these without a subscriber.
   */
  private boolean isDeadLetter(Section topic) {
    Set<String> named = deadLetterTopics;
    if (named == null) {
      named = new HashSet<>();
      for (Node item : ConfigKeys.TOPICS.in(file)) {
        if (item instanceof MappingNode mapping
            && new Entries(mapping).value("DeadLetter") instanceof ScalarNode grave) {
          named.add(grave.getValue());
        }
      }
      deadLetterTopics = named;
    }
    return named.contains(topic.text("Name"));
  }

  /** Reads one section after another: all at once would take more memory than the configuration. */
  private void sections(Key<List<Node>> key, Keys keys, Consumer<Section> reader) {
    int i = 0;
    for (Node item : key.in(file)) {
      String place = key.name() + "[" + i++ + "]";
      if (item instanceof MappingNode mapping) {
        reader.accept(new Section(place, mapping, keys, problems));
      } else {
        file.error(item, place + " must be a mapping, and is " + Section.kind(item));
      }
    }
  }

  private static void noteDouble(Section section, @Nullable String name, Map<String, Spot> byName) {
    Spot first = name == null ? null : byName.putIfAbsent(name, section.spot("Name"));
    if (first != null) {
      section.error(section.at("Name"), "is defined twice, first in line " + first.line());
    }
  }

  private void noteIdle() {
    subscribersByName.forEach(
        (name, spot) -> {
          if (!served.contains(name)) {
            spot.warn("no topic names it: nothing is sent to it");
          }
        });
    if (file.isList("Topics") && ConfigKeys.TOPICS.in(file).isEmpty()) {
      file.warn(file.at("Topics"), "there are no Topics: every publish is refused");
    }
  }
}
