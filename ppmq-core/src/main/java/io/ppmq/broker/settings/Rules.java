package io.ppmq.broker.settings;

import io.ppmq.broker.request.RefusedException;
import io.ppmq.broker.request.Submission;

/**
 * The rules for submissions besides the known names: which user may hand in which submission, and
 * how large it may be. A submission that waits is checked again by the rules of the moment at which
 * it is carried out. Any thread may ask; never changes.
 */
public interface Rules {
  /** Everything is allowed. */
  Rules NONE =
      new Rules() {
        @Override
        public void checkRights(Submission submission) {}

        @Override
        public void checkSizes(Submission submission) {}
      };

  /**
   * Checks that its source may give these commands.
   *
   * @throws RefusedException when it may not
   */
  void checkRights(Submission submission) throws RefusedException;

  /**
   * Checks its sizes. Only for submissions that waited while the settings changed: the reader of a
   * value checks them itself.
   *
   * @throws RefusedException when something is too large
   */
  void checkSizes(Submission submission) throws RefusedException;
}
