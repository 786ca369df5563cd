package io.ppmq.config;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Notes two listeners in a file with the same address, or a listener at the place of the stored
 * data.
 */
final class Sockets {
  private final Section file;
  private final Map<Object, String> keys = new HashMap<>();
  private final Map<Object, String> subscribers = new HashMap<>();

  Sockets(Section file) {
    this.file = file;
  }

  /** Adds an address of the broker itself, from the {@code key} of the file. */
  void broker(String key, @Nullable Address address) {
    if (address != null) {
      takes(key, place(address), shown(address));
    }
  }

  /** Adds the place of the stored messages, where no socket can be. */
  void dataPath(@Nullable DataPath dataPath) {
    if (dataPath instanceof DataPath.Directory directory) {
      takes("DataPath", place(directory.path()), Quoted.of(directory.toString()));
    }
  }

  private void takes(String key, Object place, String shown) {
    String other = keys.putIfAbsent(place, key);
    if (other != null) {
      file.error(file.at(key), key + " is the same as " + other + ": " + shown);
    }
  }

  /**
   * Checks the address of a subscriber. Call this after all of the broker's own addresses are
   * known.
   */
  void subscriber(Section section, String name, Address address) {
    String key = keys.get(place(address));
    if (key != null) {
      section.error(
          section.at("Socket"),
          "Socket is the same as the broker's " + key + ": " + shown(address));
    }
    String other = subscribers.putIfAbsent(place(address), name);
    if (other != null && !other.equals(name)) {
      section.warn(
          section.at("Socket"), "Socket is the same as that of subscriber " + Quoted.of(other));
    }
  }

  private static String shown(Address address) {
    return Quoted.of(address.toString());
  }

  /** The place of an address, the same for all ways to write it. */
  private static Object place(Address address) {
    return address instanceof Address.Unix unix ? place(unix.path()) : address.socketAddress();
  }

  private static Object place(Path path) {
    return path.toAbsolutePath().normalize();
  }
}
