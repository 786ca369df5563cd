package io.ppmq.topic;

import io.ppmq.message.Bytes;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The name of a message while it is delayed: {@code delayed-}, its moment, a hyphen and its id, so
 * that it is found without looking through all of them. It gets the key under which it is delivered
 * when it is queued.
 *
 * @param atMillis its moment, in milliseconds since the epoch
 * @param id its id while it is delayed
 */
record DelayedKey(long atMillis, long id) {
  private static final int RADIX = 32;
  private static final Pattern FORM = Pattern.compile("delayed-([0-9a-v]{1,12})-([0-9a-v]{1,12})");

  Bytes text() {
    return Bytes.utf8("delayed-" + Long.toString(atMillis, RADIX) + "-" + Long.toString(id, RADIX));
  }

  /** The delayed message that a key names; null when it names none. */
  static @Nullable DelayedKey of(Bytes key) {
    Matcher form = FORM.matcher(key.text());
    return form.matches()
        ? new DelayedKey(Long.parseLong(form.group(1), RADIX), Long.parseLong(form.group(2), RADIX))
        : null;
  }
}
