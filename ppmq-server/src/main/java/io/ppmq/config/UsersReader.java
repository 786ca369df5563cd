package io.ppmq.config;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

/**
 * Reads the rules about users, and notes errors in them and rules that exclude every user. An empty
 * rule is an error, and not the same as no rule: a mistake must not let every user in.
 */
final class UsersReader {
  private final boolean hasTcpServer;
  private final ClusterReader clusters;

  /** A reader for a file with this {@code ServerSocket}; null if that is wrong. */
  UsersReader(@Nullable Address serverSocket, ClusterReader clusters) {
    this.clusters = clusters;
    this.hasTcpServer = serverSocket instanceof Address.Tcp;
  }

  /** The users that may publish to the topic; empty without a rule. */
  List<String> publishers(Section topic) {
    List<String> users = ConfigKeys.PUBLISHERS.in(topic);
    clusters.noteUsers(topic, "Publishers", users);
    if (!users.isEmpty() && hasTcpServer) {
      topic.warn(
          topic.at("Publishers"),
          "Publishers lets no user publish: a connection to a TCP ServerSocket has no user");
    }
    return users;
  }

  /**
   * The users that may be the subscriber; empty without a rule.
   *
   * @param socket the subscriber's socket; null if that is wrong
   */
  List<String> user(Section subscriber, @Nullable Address socket) {
    List<String> users = ConfigKeys.USER.in(subscriber);
    clusters.noteUsers(subscriber, "User", users);
    if (!users.isEmpty() && hasTcpServer) {
      subscriber.warn(
          subscriber.at("User"),
          "User lets no user acknowledge: a connection to a TCP ServerSocket has no user");
    }
    if (!users.isEmpty() && socket instanceof Address.Tcp) {
      subscriber.warn(
          subscriber.at("User"), "User lets nothing be sent to a TCP Socket, which has no owner");
    }
    return users;
  }

  /** The names of a key; empty if it is absent. */
  static List<String> users(Section section, String key) {
    Set<String> users = new LinkedHashSet<>();
    Node value = section.at(key);
    if (!section.has(key)) {
      if (section.isEmpty(key)) {
        section.error(value, key + " names no user: leave it out to allow every user");
      }
      return List.of();
    }
    if (value instanceof ScalarNode) {
      add(section, key, value, users);
    } else if (section.isList(key) && value instanceof SequenceNode sequence) {
      sequence.getValue().forEach(item -> add(section, key, item, users));
      if (sequence.getValue().isEmpty()) {
        section.error(value, key + " names no user: leave it out to allow every user");
      }
    } else {
      section.error(
          value, key + " must be a name or a list of names, and is " + Section.kind(value));
    }
    return List.copyOf(users);
  }

  private static void add(Section section, String key, Node item, Set<String> users) {
    String name = section.item(key, item);
    if (name == null) {
      return;
    }
    String fault = Checks.faultOfName(name);
    if (fault != null) {
      section.error(item, key + " " + Quoted.of(name) + " " + fault);
    } else if (users.add(name) && !Accounts.isUser(name)) {
      section.warn(
          item,
          key
              + " names "
              + Quoted.of(name)
              + ", which is not a user of this machine: no process can match");
    }
  }
}
