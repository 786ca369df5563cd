package io.ppmq.admin;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A secret word that a broker makes at its start, for the admin interface on a TCP port. Every user
 * of the machine can connect to that port; a request with the token may change something.
 */
public final class Token {
  private static final int BYTES = 16;
  private static final String MODE = "rw-------";
  private static final String SCHEME = "Bearer ";

  private final String text;

  private Token(String text) {
    this.text = text;
  }

  /** Makes a token from a secure source of random numbers. */
  static Token generate() {
    byte[] bytes = new byte[BYTES];
    new SecureRandom().nextBytes(bytes);
    return new Token(HexFormat.of().formatHex(bytes));
  }

  /** Whether this is the value of an Authorization header with the token. Takes constant time. */
  boolean isIn(@Nullable String authorization) {
    byte[] given = (authorization == null ? "" : authorization).getBytes(US_ASCII);
    return MessageDigest.isEqual(given, header(text).getBytes(US_ASCII));
  }

  /** The value of the Authorization header with a token. */
  public static String header(String token) {
    return SCHEME + token;
  }

  /** Writes the token to a file that only the process's own user may read. */
  void write(Path file) throws IOException {
    Files.deleteIfExists(file);
    // A file that exists already belongs to another process, and so does the target of a link.
    try (WritableByteChannel made =
        Files.newByteChannel(
            file,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(MODE)))) {
      made.write(ByteBuffer.wrap((text + "\n").getBytes(US_ASCII)));
    }
  }

  /** The token in a file; null if there is none, or this user may not read it. */
  public static @Nullable String read(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      return null;
    }
  }

  /** The token as text, for the log alone. */
  String text() {
    return text;
  }
}
