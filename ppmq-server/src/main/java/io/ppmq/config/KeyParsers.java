package io.ppmq.config;

import io.ppmq.config.ClusterConfig.Role;
import io.ppmq.topic.WhenFull;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Parsers of the texts of some keys, which may throw an {@link IllegalArgumentException}. */
final class KeyParsers {
  private KeyParsers() {}

  static String group(String name) {
    if (!Accounts.isGroup(name)) {
      throw new IllegalArgumentException(Quoted.of(name) + " is not a group of this machine");
    }
    return name;
  }

  static Path metricsFile(String text) {
    if (!text.endsWith(".prom") || text.endsWith("/.prom") || text.equals(".prom")) {
      throw new IllegalArgumentException(
          Quoted.of(text) + " must end in .prom: node_exporter reads no other file");
    }
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException(Quoted.of(text) + " is not a path: " + e.getReason(), e);
    }
  }

  /** A file that must exist, as far as this user can tell. */
  static Path pem(String text) {
    try {
      Path file = Path.of(text);
      if (text.isEmpty() || Files.notExists(file)) {
        throw new IllegalArgumentException(Quoted.of(text) + ": there is no such file");
      }
      return file;
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException(Quoted.of(text) + " is not a path: " + e.getReason(), e);
    }
  }

  static Role role(String text) {
    return switch (text) {
      case "node" -> Role.NODE;
      case "relay" -> Role.RELAY;
      default -> throw new IllegalArgumentException(Quoted.of(text) + " must be node or relay");
    };
  }

  static String name(String name) {
    String fault = Checks.faultOfName(name);
    if (fault != null) {
      throw new IllegalArgumentException(Quoted.of(name) + " " + fault);
    }
    return name;
  }

  static WhenFull whenFull(String text) {
    return switch (text) {
      case "block" -> WhenFull.BLOCK;
      case "reject" -> WhenFull.REJECT;
      case "drop-oldest" -> WhenFull.DROP_OLDEST;
      default ->
          throw new IllegalArgumentException(
              Quoted.of(text) + " must be block, reject or drop-oldest");
    };
  }
}
