package io.ppmq.cluster.ratis;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Writes and reads the messages between nodes, field by field, in the form of {@link
 * DataOutputStream}.
 */
final class Form {
  /** Writes fields. */
  interface Fields {
    void to(DataOutputStream out) throws IOException;
  }

  /** Reads fields. */
  interface Reader<T> {
    T from(DataInputStream in) throws IOException;
  }

  private Form() {}

  static byte[] write(Fields fields) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      fields.to(new DataOutputStream(bytes));
    } catch (IOException e) {
      throw new UncheckedIOException(e); // a text of more than 64 KiB
    }
    return bytes.toByteArray();
  }

  /**
   * Reads the known fields; further fields are from a newer version.
   *
   * @throws UncheckedIOException if a known field is missing
   */
  static <T> T read(byte[] bytes, Reader<T> reader) {
    try {
      return reader.from(new DataInputStream(new ByteArrayInputStream(bytes)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
