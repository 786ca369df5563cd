package io.ppmq.config;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Notes when two listeners of one file have the same address, or one has that of the stored data.
 */
final class Sockets {
  private final Section file;
  private final Map<Object, String> keys = new HashMap<>();
  private final Map<Object, String> subscribers = new HashMap<>();

  Sockets(Section file) {
    this.file = file;
  }

  /** The broker listens here itself, by the {@code key} of the file. */
  void broker(String key, @Nullable Address address) {
    if (address != null) {
      takes(key, place(address), shown(address));
    }
  }

  /** No socket can lie where the messages are stored. */
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

  /** To be called when all of the broker's own addresses are known. */
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

  /** The same for all ways to write one address. */
  private static Object place(Address address) {
    return address instanceof Address.Unix unix ? place(unix.path()) : address.socketAddress();
  }

  private static Object place(Path path) {
    return path.toAbsolutePath().normalize();
  }
}
