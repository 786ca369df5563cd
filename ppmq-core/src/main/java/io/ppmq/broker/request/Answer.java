package io.ppmq.broker.request;

import io.ppmq.message.Bytes;
import java.util.List;

/**
 * Is told the outcome of a submission. One of {@link #confirmed}, {@link #failed} and {@link
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

  /** Messages that were to be extended are not out. Told before {@link #confirmed}, if at all. */
  default void gone(List<Bytes> keys) {}

  /** It is committed, and on the disk where the sync policy says so. */
  void confirmed();

  /**
   * The broker could not make sure of it. It may take effect nevertheless: if it is sent again, it
   * may be done twice. Its code is {@link ErrorCode#IN_DOUBT}.
   *
   * @param reason one sentence
   */
  void failed(String reason);

  /**
   * It was refused after it was taken in: nothing of it is done, now or later.
   *
   * @param code the reason as a word, never {@link ErrorCode#IN_DOUBT}
   * @param reason one sentence
   */
  void refused(ErrorCode code, String reason);
}
