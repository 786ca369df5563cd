package io.ppmq.topic;

import io.ppmq.message.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * Where an export goes on: first along the logs, then along what is kept under keys.
 *
 * @param priority the log, of all the highest priority first
 * @param id the first id of that log that was not looked at
 * @param after the last key that was looked at; null while the logs are not done
 */
public record ExportPosition(int priority, long id, @Nullable Bytes after) {
  /** The first message of a topic. */
  public static final ExportPosition START = new ExportPosition(0, 0, null);

  /** Among the messages that are kept under keys. */
  static ExportPosition after(Bytes key) {
    return new ExportPosition(0, 0, key);
  }
}
