package io.ppmq.broker.commit;

import io.ppmq.broker.request.Answer;
import java.util.List;

/**
 * Puts commits on the disk when the sync policy says so, and then gives the answers that wait for
 * that.
 */
@FunctionalInterface
public interface Durability {
  /**
   * Something was committed. Called on the writer's thread; does not block.
   *
   * @param waiting the answers that wait for it; may be empty
   */
  void committed(List<Answer> waiting);
}
