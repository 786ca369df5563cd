package io.ppmq.sim;

import java.util.Random;

/** Whether other machines keep the commits too. */
enum Sharing {
  /** They do not. */
  NOBODY,
  /** They do, and it is not looked at how. */
  ANYHOW,
  /** They do, by a log of which a majority has everything. */
  CLUSTER;

  /** What the seed of a life says. */
  static Sharing of(long seed) {
    int draw = new Random(~seed).nextInt(8);
    return draw == 0 ? ANYHOW : draw == 1 ? CLUSTER : NOBODY;
  }
}
