package io.ppmq.topic;

import io.ppmq.message.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * The position at which an export continues: first in the logs, then in the keyed messages, at last
 * in the delayed messages.
 *
 * @param priority the log, of all the highest priority first
 * @param id the first unread id of that log; for delayed messages, of that moment
 * @param after the last key that was read; null elsewhere
 * @param momentMillis the moment up to which delayed messages were read; null elsewhere
 */
public record ExportPosition(
    int priority, long id, @Nullable Bytes after, @Nullable Long momentMillis) {
  /** The first message of a topic. */
  public static final ExportPosition START = inLog(0, 0);

  /** The first message that is delayed. */
  static final ExportPosition DELAYED = delayed(0, 0);

  /** In the log of a priority. */
  public static ExportPosition inLog(int priority, long id) {
    return new ExportPosition(priority, id, null, null);
  }

  /** Among the messages that are kept under keys. */
  public static ExportPosition after(Bytes key) {
    return new ExportPosition(0, 0, key, null);
  }

  /** Among the messages that are delayed. */
  public static ExportPosition delayed(long momentMillis, long id) {
    return new ExportPosition(0, id, null, momentMillis);
  }
}
