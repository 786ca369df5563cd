package io.ppmq.it;

import org.junit.jupiter.api.Test;

/**
 * Kills the broker repeatedly while producers and subscribers use all features. {@code -Dkills=}
 * sets the number of kills, {@code -Dseed=} their times and the traffic. {@link TortureView} has
 * the conditions.
 */
class KillLoopIT {
  private final long seed = Long.getLong("seed", System.nanoTime());
  private final int kills = Integer.getInteger("kills", 12);

  @Test
  void nothingIsLostRepeatedOrReorderedByKills() throws Exception {
    System.out.println("kill -9, " + kills + " times, seed " + seed);
    try (Torture torture = new Torture(seed, "always", new Kill())) {
      torture.run(kills);
    }
  }
}
