package io.ppmq.it;

import org.junit.jupiter.api.Test;

/**
 * Kills the broker again and again while producers and subscribers do all that they may do. {@code
 * -Dkills=} says how often, {@code -Dseed=} when and what. What must hold: {@link TortureView}.
 */
class KillLoopIT {
  private final long seed = Long.getLong("seed", System.nanoTime());
  private final int kills = Integer.getInteger("kills", 20);

  @Test
  void nothingIsLostRepeatedOrReorderedByKills() throws Exception {
    System.out.println("kill -9, " + kills + " times, seed " + seed);
    try (Torture torture = new Torture(seed, "always", new Kill())) {
      torture.run(kills);
    }
  }
}
