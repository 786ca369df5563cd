package io.ppmq.store;

/**
 * The retained messages of a topic: those that at least one subscriber has not acknowledged. Stored
 * for topics with a bound, with every commit that changes it, so that nothing has to be counted at
 * the start.
 *
 * <pre>
 *  form 1:  u8 1 | varint messages | varint bytes
 * </pre>
 *
 * @param messages their number; two versions of one key are one message
 * @param bytes the bytes of their payloads, and of the keys that producers gave them
 */
public record Retained(long messages, long bytes) {
  /** Nothing at all. */
  public static final Retained NOTHING = new Retained(0, 0);

  private static final int FORM = 1;

  /** Refuses impossible counts. */
  public Retained {
    if (messages < 0 || bytes < 0) {
      throw new IllegalArgumentException(messages + " messages of " + bytes + " bytes retained");
    }
  }

  /** The stored form. */
  public byte[] toBytes() {
    ByteWriter out = new ByteWriter(24);
    out.u8(FORM);
    out.varint(messages);
    out.varint(bytes);
    return out.toByteArray();
  }

  /**
   * Reads the stored form.
   *
   * @throws StoreException when the bytes do not have this form
   */
  public static Retained of(byte[] stored) {
    ByteReader in = new ByteReader(stored, "what a topic retains");
    in.form(FORM);
    Retained retained = new Retained(in.varint(), in.varint());
    in.end();
    return retained;
  }
}
