package io.ppmq.http;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The content of an answer, in portions. The server asks for the next portion when the peer has
 * taken the one before, and holds no thread in between. Used by one worker at a time.
 */
@FunctionalInterface
public interface Body extends AutoCloseable {
  /**
   * The next portion, never empty; null at the end.
   *
   * @throws IOException if it cannot be made; the peer sees that the answer is cut off
   */
  byte @Nullable [] next() throws IOException;

  /** Called once after the last portion, or because the peer is gone. */
  @Override
  default void close() {}
}
