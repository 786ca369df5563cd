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
        "Path of the broker's unix socket, or tcp://HOST:PORT with a loopback address. Required.");
    help(
        "DataPath",
        "Directory of everything that is stored; mem keeps nothing on the disk. Required.");
    help("Subscribers", "Who gets messages; of a topic: the names of those who get its messages.");
    help("Topics", "What messages are published to.");
    help(
        "Sync",
        "When what was committed is put on the disk: always (the default) before it is confirmed; a duration, such as 100ms: at least that often; never: when the kernel likes.");
    help("MaxMessageBytes", "A larger message is refused; 4 MiB unless given.");
    help(
        "MaxValueBytes",
        "A larger JSON value, with all its messages, is refused; 16 MiB unless given.");
    help(
        "MaxBatchBytes",
        "A batch holds no more payload, but at least one message; 1 MiB unless given.");
    help(
        "MinFreeDisk",
        "With less room than that on the disk publishes are refused, and everything else goes on; 64 MiB unless given.");
    help(
        "Admin",
        "Where the admin interface listens: path of a unix socket, or http://127.0.0.1:PORT, where a browser finds a page too, and every request takes the token of the file ppmq.token in DataPath, but /health, /ready and /metrics. Unless given, a unix socket beside ServerSocket.");
    help(
        "AdminMode",
        "Permissions of the admin socket, in octal digits; 0600 unless given: for the broker's user and root. Whoever can open it can read, purge and requeue everything.");
    help(
        "AdminGroup",
        "Group of the admin socket; the process's own unless given. It takes an AdminMode of 0660 to let the group in, and should not be the group of the broker's socket.");
    help(
        "MetricsFile",
        "A file that ends in .prom and gets the metrics every 15 s, for the textfile collector of node_exporter; removed when the broker stops. GET /metrics of the admin interface says the same.");
    help(
        "ConsoleChanges",
        "true: the page that a browser finds at an Admin of http:// may pause, resume, purge and requeue, opened by the address with the token that the log shows. Otherwise it only shows.");
    help(
        "ServerSocketMode",
        "Permissions of the broker's unix socket, in octal digits; 0660 unless given.");
    help("ServerSocketGroup", "Group of the broker's unix socket; the process's own unless given.");
    help("Name", "The name, by which everything else speaks of it. Required.");
    help(
        "Socket",
        "Where the subscriber listens: path of a unix socket, or tcp://HOST:PORT with a loopback address. Required.");
    help("BatchSize", "Most messages in one push; 50 unless given.");
    help(
        "RedeliverOnClose",
        "true: what is not acknowledged when the subscriber's connection closes is sent again on the next one.");
    help(
        "User",
        "Only this unix user, or one of a list, may acknowledge or send RECONNECT as this subscriber; and messages are pushed only to a socket that it owns. Root is no exception. A number stands for a user id. Unless given, whoever can open the broker's socket may.");
    help(
        "Publishers", "Only this unix user, or one of a list, may publish to the topic; likewise.");
    help("Id", "Accepted for files of the Go package, and means nothing.");
    help("id", "Likewise.");
    help(
        "AckRetry",
        "After so long without an acknowledgement a message is sent again, such as 300ms, 5m, 1h30m; 0 (the default) waits for ever.");
    help(
        "AckRetryMax",
        "AckRetry doubles with each delivery of a message, up to this; unless given, it stays as it is.");
    help("Dedupe", "true: a message replaces the one of the same key that waits.");
    help("Priorities", "How many there are, 0 is the highest; 1 unless given.");
    help(
        "Expire",
        "true: messages expire at their Expires. Otherwise it is passed on and means nothing.");
    help("MaxMessages", "Most messages in the topic's backlog.");
    help("MaxBytes", "Most bytes in the topic's backlog.");
    help("WhenFull", "What happens at that bound: block (the default), reject or drop-oldest.");
    help(
        "MaxDeliveries",
        "After so many deliveries without an acknowledgement a message goes to DeadLetter.");
    help("DeadLetter", "The topic that such messages go to; without it they are dropped.");
  }

  private KeyHelp() {}

  private static void help(String key, String text) {
    HELP.put(key, text);
  }

  /**
   * A mapping of the file.
   *
   * @param name where it is
   * @param keys what each key means that has an effect there, in the order of the manual
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
