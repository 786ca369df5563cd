package io.ppmq.broker.commit;

import io.ppmq.broker.request.Answer;
import java.util.List;

/**
 * Puts commits on the disk when they are to be there, and then gives the answers that wait for it.
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
