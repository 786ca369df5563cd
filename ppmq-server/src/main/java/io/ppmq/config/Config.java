package io.ppmq.config;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All settings of the broker at its start, with the defaults of keys that the file omits.
 *
 * @param serverSocket the address on which the broker listens
 * @param admin the address of the admin interface; null if there is none, which is possible only
 *     with a TCP {@code serverSocket}, data in memory and no {@code Admin} in the file
 * @param metricsFile the file to which the metrics are written every 15 seconds, with a name that
 *     ends in {@code .prom}; null for none
 * @param consoleChanges whether the page for browsers, which a TCP {@code admin} serves, may change
 *     something
 * @param dataPath the place of the messages
 * @param sync when a commit counts as safe
 * @param maxMessageBytes the largest message, at most {@code maxValueBytes}
 * @param maxValueBytes the largest JSON value with all its messages, at most {@link #BYTES_MAX}
 * @param maxBatchBytes the most payload in one push of more than one message
 * @param minFreeDiskBytes publishes are refused if the file system of {@code dataPath} has less
 *     free space; 0 or more
 * @param serverSocketMode the permissions of {@code serverSocket}, if it is a file
 * @param serverSocketGroup the group of that file; null for the process's own
 * @param adminMode the permissions of {@code admin}, if it is a file
 * @param adminGroup the group of that file; null for the process's own
 * @param subscribers in the order of the file, with distinct names
 * @param topics in the order of the file, with distinct names; their subscribers are all in {@code
 *     subscribers}
 * @param cluster the machines that keep the queue together; null if this one is alone
 */
public record Config(
    Address serverSocket,
    @Nullable Address admin,
    @Nullable Path metricsFile,
    boolean consoleChanges,
    DataPath dataPath,
    Sync sync,
    int maxMessageBytes,
    int maxValueBytes,
    int maxBatchBytes,
    long minFreeDiskBytes,
    SocketMode serverSocketMode,
    @Nullable String serverSocketGroup,
    SocketMode adminMode,
    @Nullable String adminGroup,
    List<SubscriberConfig> subscribers,
    List<TopicConfig> topics,
    @Nullable ClusterConfig cluster) {
  /** The default of {@code MaxMessageBytes}: 4 MiB. */
  public static final int MESSAGE_BYTES_DEFAULT = 4 << 20;

  /** The default of {@code MaxValueBytes}: 16 MiB. */
  public static final int VALUE_BYTES_DEFAULT = 16 << 20;

  /** The default of {@code MaxBatchBytes}: 1 MiB. */
  public static final int BATCH_BYTES_DEFAULT = 1 << 20;

  /** The default of {@code MinFreeDisk}: 64 MiB. */
  public static final long MIN_FREE_DISK_BYTES_DEFAULT = 64 << 20;

  /** The largest {@code MinFreeDisk}: an exbibyte, more than any disk has. */
  public static final long MIN_FREE_DISK_BYTES_MAX = 1L << 60;

  /** The largest of all other sizes: the bounded bytes are held in one array. */
  public static final int BYTES_MAX = (1 << 30) - 1;

  /** A configuration with the default permissions of both sockets, and defaults for the rest. */
  public Config(
      Address serverSocket,
      @Nullable Address admin,
      DataPath dataPath,
      Sync sync,
      int maxMessageBytes,
      int maxValueBytes,
      int maxBatchBytes,
      long minFreeDiskBytes,
      List<SubscriberConfig> subscribers,
      List<TopicConfig> topics) {
    this(
        serverSocket,
        admin,
        null,
        false,
        dataPath,
        sync,
        maxMessageBytes,
        maxValueBytes,
        maxBatchBytes,
        minFreeDiskBytes,
        SocketMode.DEFAULT,
        null,
        SocketMode.ADMIN_DEFAULT,
        null,
        subscribers,
        topics,
        null);
  }

  /** Refuses with an {@link IllegalArgumentException} values that the parameters above rule out. */
  public Config {
    Checks.range("maxMessageBytes", maxMessageBytes, 1, BYTES_MAX);
    Checks.range("maxValueBytes", maxValueBytes, maxMessageBytes, BYTES_MAX);
    Checks.range("maxBatchBytes", maxBatchBytes, 1, BYTES_MAX);
    if (minFreeDiskBytes < 0 || minFreeDiskBytes > MIN_FREE_DISK_BYTES_MAX) {
      throw new IllegalArgumentException("minFreeDiskBytes " + minFreeDiskBytes);
    }
    subscribers = List.copyOf(subscribers);
    topics = List.copyOf(topics);
    Set<String> known = new HashSet<>();
    for (SubscriberConfig subscriber : subscribers) {
      Checks.isTrue(known.add(subscriber.name()), "two subscribers", subscriber.name());
    }
    Set<String> names = new HashSet<>();
    for (TopicConfig topic : topics) {
      Checks.isTrue(names.add(topic.name()), "two topics", topic.name());
      for (String name : topic.subscribers()) {
        Checks.isTrue(known.contains(name), "unknown subscriber", name);
      }
    }
  }

  /** Whether any rule names users. */
  public boolean hasUserRules() {
    return subscribers.stream().anyMatch(subscriber -> !subscriber.user().isEmpty())
        || topics.stream().anyMatch(topic -> !topic.publishers().isEmpty());
  }

  /**
   * The file in which a broker with a TCP admin interface leaves the token: in the data directory,
   * otherwise beside the unix socket; null if it has neither.
   */
  public @Nullable Path tokenFile() {
    Path directory = dataDirectory();
    if (directory != null) {
      return directory.resolve("ppmq.token");
    }
    return serverSocket instanceof Address.Unix unix ? Path.of(unix.path() + ".token") : null;
  }

  /** The directory of {@code dataPath}; null if the messages are in memory. */
  public @Nullable Path dataDirectory() {
    return dataPath instanceof DataPath.Directory directory ? directory.path() : null;
  }
}
