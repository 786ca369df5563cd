package io.ppmq.http;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * What an answer consists of, a portion at a time. The next portion is asked for when the peer has
 * taken the one before; no thread is held in between. Used by one worker at a time.
 */
@FunctionalInterface
public interface Body extends AutoCloseable {
  /**
   * The next portion, never empty; null at the end.
   *
   * @throws IOException when there is none; the peer sees that the answer is cut off
   */
  byte @Nullable [] next() throws IOException;

  /** Called once, when no more is asked for: at the end, or because the peer is gone. */
  @Override
  default void close() {}
}
