package io.ppmq.broker;

import java.util.List;

/** Puts commits on the disk when they are to be there, and then answers those who wait for it. */
@FunctionalInterface
interface Durability {
  /**
   * Something was committed. Called on the writer's thread; does not block.
   *
   * @param waiting who waits to hear of it; may be empty
   */
  void committed(List<Answer> waiting);
}
