package io.ppmq.topic;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.ppmq.message.Bytes;

/**
 * The key that the broker gives to a message which has none of its own: its id, written with the
 * digits 0-9 and a-v. Ids are never used twice, so neither are these keys.
 *
 * <p>In a topic with dedupe such a message stands beside others that carry producers' keys, so the
 * key begins with a word that no producer uses: {@code ppmq-}, the store's nonce, and a hyphen.
 */
final class BrokerKey {
  private static final byte[] DIGITS = "0123456789abcdefghijklmnopqrstuv".getBytes(US_ASCII);
  private static final int BITS = 5;
  private static final byte[] NO_PREFIX = {};

  /** The largest number to which a digit can be appended without an overflow. */
  private static final long ID_MAX_TO_SHIFT = Long.MAX_VALUE >>> BITS;

  private final byte[] prefix;

  private BrokerKey(byte[] prefix) {
    this.prefix = prefix;
  }

  /** For topics where producers' keys are ignored. */
  static BrokerKey plain() {
    return new BrokerKey(NO_PREFIX);
  }

  /** For topics with dedupe. */
  static BrokerKey besideProducersKeys(String nonce) {
    return new BrokerKey(("ppmq-" + nonce + "-").getBytes(US_ASCII));
  }

  /** The key of the message with this id, which is above 0. */
  Bytes of(long id) {
    int digits = (Long.SIZE - Long.numberOfLeadingZeros(id) + BITS - 1) / BITS;
    byte[] key = new byte[prefix.length + digits];
    System.arraycopy(prefix, 0, key, 0, prefix.length);
    for (int i = key.length - 1; i >= prefix.length; i--) {
      key[i] = DIGITS[(int) id & ((1 << BITS) - 1)];
      id >>>= BITS;
    }
    return Bytes.of(key);
  }

  /** The id in a key as {@link #of} makes it; 0 in any other. */
  long idIn(Bytes key) {
    if (key.length() <= prefix.length || key.at(prefix.length) == DIGITS[0]) {
      return 0;
    }
    for (int i = 0; i < prefix.length; i++) {
      if (key.at(i) != prefix[i]) {
        return 0;
      }
    }
    long id = 0;
    for (int i = prefix.length; i < key.length(); i++) {
      int digit = digit(key.at(i));
      if (digit < 0 || id > ID_MAX_TO_SHIFT) {
        return 0;
      }
      id = id << BITS | digit;
    }
    return id;
  }

  /** The value of a digit; below 0 for any other character. */
  private static int digit(byte character) {
    if (character >= '0' && character <= '9') {
      return character - '0';
    }
    return character >= 'a' && character <= 'v' ? character - 'a' + 10 : -1;
  }
}
