package io.ppmq.broker.commit;

import io.ppmq.broker.request.Answer;
import java.util.List;

/** Puts commits on the disk when they are to be there, and then answers those who wait for it. */
@FunctionalInterface
public interface Durability {
  /**
   * Something was committed. Called on the writer's thread; does not block.
   *
   * @param waiting who waits to hear of it; may be empty
   */
  void committed(List<Answer> waiting);
}
