package io.ppmq.broker.request;

import io.ppmq.message.Bytes;
import java.util.List;

/**
 * Receives the outcome of a submission. One of {@link #confirmed}, {@link #failed} and {@link
 * #refused} is called, once, on a thread of the broker, which it must not block.
 */
public interface Answer {
  /** For a submission without a confirm. */
  Answer NONE =
      new Answer() {
        @Override
        public void confirmed() {}

        @Override
        public void failed(String reason) {}

        @Override
        public void refused(ErrorCode code, String reason) {}
      };

  /** Some messages to extend are not out. Called before {@link #confirmed}, if at all. */
  default void gone(List<Bytes> keys) {}

  /** The submission is committed, and on the disk if the sync policy requires it. */
  void confirmed();

  /**
   * The outcome is unknown. The submission may take effect nevertheless, and twice if it is sent
   * again. Its code is {@link ErrorCode#IN_DOUBT}.
   *
   * @param reason one sentence
   */
  void failed(String reason);

  /**
   * The submission was refused after it was taken in: no part of it takes effect, now or later.
   *
   * @param code the reason as a word, never {@link ErrorCode#IN_DOUBT}
   * @param reason one sentence
   */
  void refused(ErrorCode code, String reason);
}
