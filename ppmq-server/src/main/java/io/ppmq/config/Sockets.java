package io.ppmq.config;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Notes when two listeners of one file have the same address. */
final class Sockets {
  private final Section file;
  private final Map<Object, String> keys = new HashMap<>();
  private final Map<Object, String> subscribers = new HashMap<>();

  Sockets(Section file) {
    this.file = file;
  }

  /** The broker listens here itself, by the {@code key} of the file. */
  void broker(String key, @Nullable Address address) {
    if (address == null) {
      return;
    }
    String other = keys.putIfAbsent(place(address), key);
    if (other != null) {
      file.error(file.at(key), key + " is the same as " + other + ": " + shown(address));
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
    return address instanceof Address.Unix unix
        ? unix.path().toAbsolutePath().normalize()
        : address.socketAddress();
  }
}
