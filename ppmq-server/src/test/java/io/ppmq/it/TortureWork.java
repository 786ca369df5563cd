package io.ppmq.it;

/** Something that goes on beside the kills, on a thread of its own. */
@FunctionalInterface
interface TortureWork {
  void run() throws Exception;
}
