package io.ppmq.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What each key of the configuration file means, for the manual. */
public final class KeyHelp {
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

  private static final Map<String, String> HELP = new LinkedHashMap<>();

  static {
    help(
        "ServerSocket",
        "Path of the broker's unix socket, or tcp://HOST:PORT with a loopback address. Producers publish and subscribers acknowledge here. A missing directory is made. Required.");
    help(
        "DataPath",
        "Directory of everything that is stored, made if it is absent; mem keeps nothing on the disk, and ./mem is a directory of that name. Required.");
    help(
        "Subscribers",
        "The subscribers; in a topic: the names of those that get its messages. A topic without any accepts and drops messages.");
    help("Topics", "The topics that messages are published to.");
    help(
        "Sync",
        "When commits are put on the disk: always (the default): before a confirm, and many commits share one sync; a duration, such as 100ms: at least that often, and confirms do not wait; never: when the kernel decides.");
    help("MaxMessageBytes", "The longest payload; a longer one is refused. 4MiB unless given.");
    help(
        "MaxValueBytes",
        "The longest JSON value with all its messages; a longer one is refused. 16MiB unless given.");
    help(
        "MaxBatchBytes",
        "The most payload in one push of more than one message. 1MiB unless given.");
    help(
        "MinFreeDisk",
        "With less free on the file system of DataPath, publishes are refused and everything else goes on; they are accepted again with a sixteenth more than that. 0: no such bound. 64MiB unless given.");
    help(
        "Admin",
        "Where the admin interface listens: path of a unix socket, or http://127.0.0.1:PORT, where a browser finds the console and every request takes the token of the file ppmq.token in DataPath, except /health, /ready and /metrics. Unless given, a unix socket beside ServerSocket with .admin behind its name; admin.socket in DataPath where ServerSocket is a port or its path is too long.");
    help(
        "AdminMode",
        "Permissions of the admin socket, in octal digits; 0600 unless given: for the broker's user and root. Whoever can open it can read, purge and requeue everything.");
    help(
        "AdminGroup",
        "Group of the admin socket; the process's own unless given. It takes an AdminMode of 0660 to let the group in, and should not be the group of the broker's socket.");
    help(
        "MetricsFile",
        "A file that ends in .prom and gets the metrics every 15 s, for the textfile collector of node_exporter; its directory must exist. Removed when the broker stops. GET /metrics of the admin interface has the same metrics.");
    help(
        "ConsoleChanges",
        "true: the console, at an Admin of http://, may pause, resume, purge and requeue. Otherwise it only shows.");
    help(
        "ServerSocketMode",
        "Permissions of the broker's unix socket, in octal digits, with or without a 0 before them; 0660 unless given.");
    help(
        "ServerSocketGroup",
        "Group of the broker's unix socket; the process's own unless given. A group that does not exist stops the start.");
    help("Name", "The name, at most 255 bytes. Required.");
    help(
        "Socket",
        "Where the subscriber listens: path of a unix socket, or tcp://HOST:PORT with a loopback address. Without it the subscriber connects to the broker's socket and sends SUBSCRIBE.");
    help("BatchSize", "Most messages in one push, 1 to 1000000; 50 unless given.");
    help(
        "Connections",
        "How many connections the broker may keep to Socket at once, 1 to 1000; 1 unless given. Each is a worker that is sent a batch of its own. Another one is opened only when every other has a batch of that topic out and more waits.");
    help(
        "RedeliverOnClose",
        "true: what is not acknowledged when the subscriber's connection closes is sent again on the next connection. Unless given, false.");
    help(
        "User",
        "The unix users, a name or a list of names and user ids, that may acknowledge and send RECONNECT as this subscriber; messages are pushed only to a socket that belongs to one of them. Root is no exception. Unless given, everybody who can open the broker's socket may.");
    help(
        "Publishers",
        "The unix users, a name or a list of names and user ids, that may publish to the topic. Root is no exception. Unless given, everybody who can open the broker's socket may.");
    help("Id", "Accepted for files of the Go package, and means nothing.");
    help("id", "The same as Id.");
    help(
        "AckRetry",
        "A message that is not acknowledged this long after it was sent is sent again: a duration such as 300ms, 5m or 1h30m. 0 (the default) waits for ever.");
    help(
        "AckRetryMax",
        "AckRetry doubles with each delivery of a message, up to this; unless given, it stays as it is.");
    help(
        "Dedupe",
        "true: a message replaces the queued message of the same key. Unless given, false: the producer's key is ignored.");
    help("Priorities", "The number of priorities, 1 to 1024; 0 is the highest. 1 unless given.");
    help(
        "Expire",
        "true: a message is not sent after its Expires. Unless given, false: Expires is passed on and has no effect.");
    help(
        "MaxMessages",
        "Most messages that the topic retains: those that some subscriber has not acknowledged. 0 (the default): no bound.");
    help(
        "MaxBytes",
        "Most bytes that the topic retains: payloads, as JSON text, and producers' keys. 0 (the default): no bound.");
    help(
        "WhenFull",
        "What becomes of a value that does not fit at that bound: block (the default): its producer is not read until there is room; reject: it is refused; drop-oldest: the oldest messages of the lowest priority are dropped.");
    help(
        "MaxDeliveries",
        "A message that was sent this often to a subscriber, and not acknowledged, goes to DeadLetter. 0 (the default): no limit.");
    help(
        "DeadLetter",
        "The topic that such messages go to; without it they are dropped, logged and counted.");
  }

  private KeyHelp() {}

  private static void help(String key, String text) {
    HELP.put(key, text);
  }

  /**
   * A kind of mapping in the file.
   *
   * @param name as messages name it, such as {@code Topics[]}
   * @param keys every key that may stand there, also one that has no effect, and its help; in the
   *     order of the manual
   */
  public record Place(String name, Map<String, String> keys) {}

  /** All mappings of the file. */
  public static List<Place> places() {
    List<Place> places = new ArrayList<>();
    for (Keys keys : List.of(Keys.FILE, Keys.SUBSCRIBER, Keys.TOPIC)) {
      Map<String, String> served = new LinkedHashMap<>();
      keys.served().forEach(key -> served.put(key, HELP.getOrDefault(key, "")));
      places.add(new Place(keys.place(), served));
    }
    return places;
  }
}
