package io.ppmq.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The text form of an {@link Address}: a path, or a URL that ends with its port. */
final class AddressText {
  private static final Pattern LIKE_URL =
      Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*+://|(?:tcp|http|unix):");
  private static final Pattern URL =
      Pattern.compile("([a-z]++)://(?:\\[([^]]*+)]|([^:/@]++)):(\\d{1,5})");

  private AddressText() {}

  static Address parse(String text, String scheme) {
    if (LIKE_URL.matcher(text).lookingAt()) {
      return url(text, scheme);
    }
    if (text.isEmpty()) {
      throw new IllegalArgumentException(Quoted.of(text) + " is empty");
    }
    if (text.startsWith("@")) {
      throw new IllegalArgumentException(
          Quoted.of(text) + " is an abstract socket, which is not served: write a path");
    }
    try {
      return new Address.Unix(Path.of(text));
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException(Quoted.of(text) + " is not a path: " + e.getReason(), e);
    }
  }

  private static Address url(String text, String scheme) {
    Matcher parts = URL.matcher(text);
    if (!parts.matches() || !scheme.equals(parts.group(1))) {
      throw new IllegalArgumentException(
          Quoted.of(text) + " is not an address: write a path or " + scheme + "://127.0.0.1:port");
    }
    int port = Integer.parseInt(parts.group(4));
    if (port < 1 || port > 65535) {
      throw new IllegalArgumentException(
          Quoted.of(text) + " has a wrong port: it must be from 1 to 65535");
    }
    return new Address.Tcp(parts.group(2) != null ? parts.group(2) : parts.group(3), port);
  }
}
