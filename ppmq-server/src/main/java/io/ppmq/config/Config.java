package io.ppmq.config;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All settings of the broker at its start. Whatever the file left out has its default here.
 *
 * @param serverSocket where the broker listens
 * @param admin where the admin interface listens; null when there is none, which happens only with
 *     a tcp {@code serverSocket}, data in memory and no {@code Admin} in the file
 * @param metricsFile where the metrics are written every 15 seconds, a name that ends in {@code
 *     .prom}; null when nowhere
 * @param consoleChanges whether the page for browsers, which is there when {@code admin} is a tcp
 *     port, may change something
 * @param dataPath where the messages are kept
 * @param sync when a commit counts as safe
 * @param maxMessageBytes the largest message, at most {@code maxValueBytes}
 * @param maxValueBytes the largest JSON value with all its messages, at most {@link #BYTES_MAX}
 * @param maxBatchBytes the most payload in one push of more than one message
 * @param minFreeDiskBytes with less than that free on the file system of {@code dataPath},
 *     publishes are refused; 0 or more
 * @param serverSocketMode which users may open {@code serverSocket}, if it is a file
 * @param serverSocketGroup the group of that file; null for the process's own
 * @param adminMode which users may open {@code admin}, if it is a file
 * @param adminGroup the group of that file; null for the process's own
 * @param subscribers in the order of the file, no two of one name
 * @param topics in the order of the file, no two of one name; their subscribers are all among
 *     {@code subscribers}
 * @param cluster the machines that keep the queue together; null where this one is alone
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
  /** {@code MaxMessageBytes} when the file names none: 4 MiB. */
  public static final int MESSAGE_BYTES_DEFAULT = 4 << 20;

  /** {@code MaxValueBytes} when the file names none: 16 MiB. */
  public static final int VALUE_BYTES_DEFAULT = 16 << 20;

  /** {@code MaxBatchBytes} when the file names none: 1 MiB. */
  public static final int BATCH_BYTES_DEFAULT = 1 << 20;

  /** {@code MinFreeDisk} when the file names none: 64 MiB. */
  public static final long MIN_FREE_DISK_BYTES_DEFAULT = 64 << 20;

  /** {@code MinFreeDisk} may be no larger: an exbibyte, more than any disk has. */
  public static final long MIN_FREE_DISK_BYTES_MAX = 1L << 60;

  /** No size may be larger: the bounded bytes are held in one array. */
  public static final int BYTES_MAX = (1 << 30) - 1;

  /** With the default permissions of both sockets, and no more than that. */
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

  /** Whether anything is for certain users only. */
  public boolean hasUserRules() {
    return subscribers.stream().anyMatch(subscriber -> !subscriber.user().isEmpty())
        || topics.stream().anyMatch(topic -> !topic.publishers().isEmpty());
  }

  /**
   * Where a broker whose admin interface is a tcp port leaves the token for changes: in the data
   * directory, else beside the unix socket; null when it has neither.
   */
  public @Nullable Path tokenFile() {
    Path directory = dataDirectory();
    if (directory != null) {
      return directory.resolve("ppmq.token");
    }
    return serverSocket instanceof Address.Unix unix ? Path.of(unix.path() + ".token") : null;
  }

  /** The directory of {@code dataPath}; null when nothing is kept on the disk. */
  public @Nullable Path dataDirectory() {
    return dataPath instanceof DataPath.Directory directory ? directory.path() : null;
  }
}
