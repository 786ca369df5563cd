package io.ppmq.sim;

import java.util.Random;

/** Whether other machines keep the commits too. */
enum Sharing {
  /** They do not. */
  NOBODY,
  /** They do, by an unspecified mechanism. */
  ANYHOW,
  /** They do, by a log of which a majority has every entry. */
  CLUSTER;

  /** The seed of a life decides. */
  static Sharing of(long seed) {
    int draw = new Random(~seed).nextInt(8);
    return draw == 0 ? ANYHOW : draw == 1 ? CLUSTER : NOBODY;
  }
}
