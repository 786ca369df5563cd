package io.ppmq.config;

import static io.ppmq.config.Key.bytes;
import static io.ppmq.config.Key.count;
import static io.ppmq.config.Key.ignoredNumber;
import static io.ppmq.config.Key.number;
import static io.ppmq.config.Key.required;
import static io.ppmq.config.Key.text;

import io.ppmq.config.Key.Change;
import io.ppmq.topic.WhenFull;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.yaml.snakeyaml.nodes.Node;

/**
 * Every key of the configuration file: how it is read, its default, whether a reload applies a
 * change, and its meaning. The reader, the warnings of unknown keys, a reload, the manual and the
 * guide use this table.
 */
public final class ConfigKeys {
  /** A small file. */
  public static final String EXAMPLE =
      """
      ServerSocket: /run/ppmq/ppmq.socket
      DataPath: /var/lib/ppmq
      Subscribers:
        - Name: mailer
          Socket: /run/mailer/mailer.socket
      Topics:
        - Name: mails
          Subscribers: [mailer]
          AckRetry: 5m
          Priorities: 2
      """;

  // ---- the file -------------------------------------------------------------------------------

  static final Key<Address> SERVER_SOCKET =
      new Key<>(
          "ServerSocket",
          Change.RESTART,
          required(Address::parse),
          "Path of the broker's unix socket, or tcp://HOST:PORT with a loopback address. Producers"
              + " publish and subscribers acknowledge here. A missing directory is made. Required."
              + " A change needs a restart.");

  static final Key<DataPath> DATA_PATH =
      new Key<>(
          "DataPath",
          Change.RESTART,
          required(DataPath::parse),
          "Directory of all stored data; it is made if it is missing. The word mem keeps"
              + " everything in memory and nothing on the disk; ./mem is a directory of that name."
              + " Required, except with Role: relay. A change needs a restart.");

  static final Key<List<Node>> SUBSCRIBERS =
      new Key<>("Subscribers", Change.LIVE, Section::list, "The subscribers.");

  static final Key<List<Node>> TOPICS =
      new Key<>("Topics", Change.LIVE, Section::list, "The topics that messages are published to.");

  static final Key<Sync> SYNC =
      new Key<>(
          "Sync",
          Change.LIVE,
          text(Sync::parse, Sync.ALWAYS),
          "When commits are synced to the disk. always (the default): before the confirm; many"
              + " commits share one sync. A duration, such as 100ms: at least that often; confirms"
              + " do not wait for it. never: the kernel decides.");

  static final Key<Integer> MAX_MESSAGE_BYTES =
      new Key<>(
          "MaxMessageBytes",
          Change.LIVE,
          bytes(Config.MESSAGE_BYTES_DEFAULT),
          "The largest payload; a larger one is refused. Default: 4MiB.");

  static final Key<Integer> MAX_VALUE_BYTES =
      new Key<>(
          "MaxValueBytes",
          Change.LIVE,
          bytes(Config.VALUE_BYTES_DEFAULT),
          "The largest JSON value with all its messages; a larger one is refused. Default: 16MiB."
              + " With Cluster the limit is at most 20MiB, and each message of a value counts 80"
              + " bytes more.");

  static final Key<Integer> MAX_BATCH_BYTES =
      new Key<>(
          "MaxBatchBytes",
          Change.LIVE,
          bytes(Config.BATCH_BYTES_DEFAULT),
          "The largest total payload of a push with more than one message. Default: 1MiB.");

  static final Key<Long> MIN_FREE_DISK =
      new Key<>(
          "MinFreeDisk",
          Change.LIVE,
          (section, key) ->
              section.bytes(
                  key, 0, Config.MIN_FREE_DISK_BYTES_MAX, Config.MIN_FREE_DISK_BYTES_DEFAULT),
          "While less than this is free on the file system of DataPath, publishes are refused and"
              + " everything else goes on. They are accepted again when a sixteenth more than this"
              + " is free. 0: no such bound. Default: 64MiB.");

  static final Key<Address> ADMIN =
      new Key<>(
          "Admin",
          Change.RESTART,
          text(Address::parseAdmin),
          "Address of the admin interface: path of a unix socket, or http://127.0.0.1:PORT. With"
              + " http:// a browser finds the console there, and every request except /health,"
              + " /ready and /metrics needs the token in the file ppmq.token in DataPath. Default:"
              + " a unix socket beside ServerSocket, with .admin appended to its name;"
              + " admin.socket in DataPath if ServerSocket is a port or its path is too long. A"
              + " change needs a restart.");

  static final Key<SocketMode> ADMIN_MODE =
      new Key<>(
          "AdminMode",
          Change.LIVE,
          text(SocketMode::parse, SocketMode.ADMIN_DEFAULT),
          "Permissions of the admin socket, in octal digits. Default: 0600, for the broker's user"
              + " and root. Every user who can open it can read, purge and requeue everything.");

  static final Key<String> ADMIN_GROUP =
      new Key<>(
          "AdminGroup",
          Change.LIVE,
          text(KeyParsers::group),
          "Group of the admin socket. Default: the group of the process. The group gets access"
              + " only with an AdminMode of 0660. It should not be the group of the broker's"
              + " socket.");

  static final Key<SocketMode> SERVER_SOCKET_MODE =
      new Key<>(
          "ServerSocketMode",
          Change.LIVE,
          text(SocketMode::parse, SocketMode.DEFAULT),
          "Permissions of the broker's unix socket, in octal digits, with or without a leading 0."
              + " Default: 0660.");

  static final Key<String> SERVER_SOCKET_GROUP =
      new Key<>(
          "ServerSocketGroup",
          Change.LIVE,
          text(KeyParsers::group),
          "Group of the broker's unix socket. Default: the group of the process. A group that does"
              + " not exist stops the start.");

  static final Key<Path> METRICS_FILE =
      new Key<>(
          "MetricsFile",
          Change.LIVE,
          text(KeyParsers::metricsFile),
          "A file that ends in .prom, for the textfile collector of node_exporter. The broker"
              + " writes the metrics to it every 15 s and removes it when it stops. Its directory"
              + " must exist. GET /metrics of the admin interface has the same metrics.");

  static final Key<Boolean> CONSOLE_CHANGES =
      new Key<>(
          "ConsoleChanges",
          Change.LIVE,
          Section::flag,
          "true: the console, which needs an Admin of http://, may pause, resume, purge and"
              + " requeue. Default: false, the console is read-only.");

  // ---- a subscriber ---------------------------------------------------------------------------

  static final Key<String> SUBSCRIBER_NAME =
      new Key<>(
          "Name",
          Change.LIVE,
          required(KeyParsers::name),
          "The name, at most 255 bytes. Required.");

  static final Key<Address> SOCKET =
      new Key<>(
          "Socket",
          Change.LIVE,
          text(Address::parse),
          "Address where the subscriber listens: path of a unix socket, or tcp://HOST:PORT with a"
              + " loopback address. Without it the subscriber connects to the broker's socket and"
              + " sends SUBSCRIBE.");

  static final Key<Integer> BATCH_SIZE =
      new Key<>(
          "BatchSize",
          Change.LIVE,
          count(SubscriberConfig.BATCH_SIZE_MAX, SubscriberConfig.BATCH_SIZE_DEFAULT),
          "The largest number of messages in one push, 1 to 1000000. Default: 50.");

  static final Key<Integer> CONNECTIONS =
      new Key<>(
          "Connections",
          Change.LIVE,
          count(SubscriberConfig.CONNECTIONS_MAX, 1),
          "The number of connections that the broker may keep to Socket at once, 1 to 1000."
              + " Default: 1. Each is a worker with a batch of its own. The broker opens another"
              + " one only if each of the others has a batch of that topic out and more messages"
              + " wait.");

  static final Key<Boolean> REDELIVER_ON_CLOSE =
      new Key<>(
          "RedeliverOnClose",
          Change.LIVE,
          Section::flag,
          "true: messages that are not acknowledged when the subscriber's connection closes are"
              + " sent again on the next connection. Default: false.");

  static final Key<List<String>> USER =
      new Key<>(
          "User",
          Change.LIVE,
          UsersReader::users,
          "The unix users, a name or a list of names and user ids, that may acknowledge and send"
              + " RECONNECT as this subscriber. Messages are pushed only to a socket that belongs"
              + " to one of them. Root is no exception. Default: every user who can open the"
              + " broker's socket.");

  static final Key<Void> ID =
      new Key<>(
          "Id",
          Change.LIVE,
          ignoredNumber(),
          "Accepted for files of the Go package; it has no effect.");

  static final Key<Void> ID_IN_SMALL =
      new Key<>("id", Change.LIVE, ignoredNumber(), "The same as Id.");

  // ---- a topic --------------------------------------------------------------------------------

  static final Key<String> TOPIC_NAME =
      new Key<>(
          "Name",
          Change.LIVE,
          required(KeyParsers::name),
          "The name, at most 255 bytes. Required.");

  static final Key<List<Node>> TOPIC_SUBSCRIBERS =
      new Key<>(
          "Subscribers",
          Change.LIVE,
          Section::list,
          "The names of the subscribers that get the topic's messages. A topic without"
              + " subscribers accepts and drops messages.");

  static final Key<Duration> ACK_RETRY =
      new Key<>(
          "AckRetry",
          Change.LIVE,
          Section::duration,
          "A message that is not acknowledged this long after it was sent is sent again: a duration"
              + " such as 300ms, 5m or 1h30m. 0 (the default) waits without limit.");

  static final Key<Duration> ACK_RETRY_MAX =
      new Key<>(
          "AckRetryMax",
          Change.LIVE,
          Section::duration,
          "AckRetry doubles with each delivery of a message, up to this duration. Default:"
              + " AckRetry does not grow.");

  static final Key<Boolean> DEDUPE =
      new Key<>(
          "Dedupe",
          Change.LIVE,
          Section::flag,
          "true: a message replaces the queued message with the same key. Default: false, the"
              + " producer's key is ignored.");

  static final Key<Integer> PRIORITIES =
      new Key<>(
          "Priorities",
          Change.LIVE,
          count(TopicConfig.PRIORITIES_MAX, 1),
          "The number of priorities, 1 to 1024; 0 is the highest. Default: 1.");

  static final Key<Boolean> EXPIRE =
      new Key<>(
          "Expire",
          Change.LIVE,
          Section::flag,
          "true: a message is not sent after its Expires. Default: false, Expires is passed on and"
              + " has no effect.");

  static final Key<Duration> MAX_AGE =
      new Key<>(
          "MaxAge",
          Change.LIVE,
          Section::duration,
          "A message without Expires expires this long after it was stored, or a delayed one after"
              + " its moment: a duration such as 90s or 72h, rounded up to a second. MaxAge turns"
              + " Expire on. A changed MaxAge holds for messages that are stored from then on. Default:"
              + " such a message never expires.");

  static final Key<Long> MAX_MESSAGES =
      new Key<>(
          "MaxMessages",
          Change.LIVE,
          number(false),
          "The largest number of messages that the topic retains. A message is retained until"
              + " every subscriber has acknowledged it. 0 (the default): no bound.");

  static final Key<Long> MAX_BYTES =
      new Key<>(
          "MaxBytes",
          Change.LIVE,
          number(true),
          "The largest number of bytes that the topic retains: payloads, as JSON text, and"
              + " producers' keys. 0 (the default): no bound.");

  static final Key<WhenFull> WHEN_FULL =
      new Key<>(
          "WhenFull",
          Change.LIVE,
          text(KeyParsers::whenFull, WhenFull.BLOCK),
          "The treatment of a value that does not fit within MaxMessages or MaxBytes. block (the"
              + " default): the broker does not read its producer until there is room. reject: the"
              + " value is refused. drop-oldest: the oldest messages of the lowest priority are"
              + " dropped to make room.");

  static final Key<Long> MAX_DELIVERIES =
      new Key<>(
          "MaxDeliveries",
          Change.LIVE,
          number(false),
          "A message that was sent this many times to a subscriber and not acknowledged goes to"
              + " DeadLetter. 0 (the default): no limit.");

  static final Key<String> DEAD_LETTER =
      new Key<>(
          "DeadLetter",
          Change.LIVE,
          text(text -> text),
          "The topic for messages that reach MaxDeliveries. Default: such messages are dropped,"
              + " logged and counted.");

  static final Key<List<String>> PUBLISHERS =
      new Key<>(
          "Publishers",
          Change.LIVE,
          UsersReader::users,
          "The unix users, a name or a list of names and user ids, that may publish to the topic."
              + " Root is no exception. Default: every user who can open the broker's socket.");

  // ---- by place -------------------------------------------------------------------------------

  static final Keys FILE =
      new Keys(
          "the top of the file",
          List.of(
              SERVER_SOCKET,
              DATA_PATH,
              SUBSCRIBERS,
              TOPICS,
              SYNC,
              MAX_MESSAGE_BYTES,
              MAX_VALUE_BYTES,
              MAX_BATCH_BYTES,
              MIN_FREE_DISK,
              ADMIN,
              ADMIN_MODE,
              ADMIN_GROUP,
              SERVER_SOCKET_MODE,
              SERVER_SOCKET_GROUP,
              METRICS_FILE,
              CONSOLE_CHANGES,
              ClusterKeys.CLUSTER));

  static final Keys SUBSCRIBER =
      new Keys(
          "Subscribers[]",
          List.of(
              SUBSCRIBER_NAME,
              SOCKET,
              BATCH_SIZE,
              CONNECTIONS,
              REDELIVER_ON_CLOSE,
              USER,
              ClusterKeys.SUBSCRIBER_NODES,
              ID,
              ID_IN_SMALL));

  static final Keys TOPIC =
      new Keys(
          "Topics[]",
          List.of(
              TOPIC_NAME,
              TOPIC_SUBSCRIBERS,
              ACK_RETRY,
              ACK_RETRY_MAX,
              DEDUPE,
              PRIORITIES,
              EXPIRE,
              MAX_AGE,
              MAX_MESSAGES,
              MAX_BYTES,
              WHEN_FULL,
              MAX_DELIVERIES,
              DEAD_LETTER,
              PUBLISHERS));

  private ConfigKeys() {}

  /** Whether a running broker applies a change of this key of the file. */
  static boolean isLive(String key) {
    return FILE.keys().stream().anyMatch(known -> known.name().equals(key) && known.isLive());
  }

  /**
   * A kind of mapping in the file.
   *
   * @param name as messages name it, such as {@code Topics[]}
   * @param keys every possible key with its help, also keys without effect, in the order of the
   *     manual
   */
  public record Place(String name, Map<String, String> keys) {}

  /** All mappings of the file. */
  public static List<Place> places() {
    return List.of(place(FILE), place(SUBSCRIBER), place(TOPIC), place(ClusterKeys.KEYS));
  }

  private static Place place(Keys keys) {
    Map<String, String> help = new LinkedHashMap<>();
    keys.keys().forEach(key -> help.put(key.name(), key.help()));
    return new Place(keys.place(), help);
  }
}
