package io.ppmq.sim;

public final class Simulation {
  private Simulation() {}

  public static void main(String[] args) {
    int bad = 0;
    Tally all = new Tally();
    long t0 = System.nanoTime();
    long first = Long.parseLong(args[0]);
    int n = Integer.parseInt(args[1]);
    for (long seed = first; seed < first + n; seed++) {
      Life life = new Life(seed, 3000, null, args.length > 2);
      try {
        life.run();
      } catch (Violation v) {
        life.trace().lines().forEach(System.out::println);
        System.out.println(
            v.invariant()
                + ": "
                + v.getMessage()
                + " seed "
                + seed
                + " event "
                + life.tally().events);
        v.printStackTrace(System.out);
        if (++bad >= 3) break;
      }
      all.add(life.tally());
    }
    double secs = (System.nanoTime() - t0) / 1e9;
    System.out.println(all + " in " + secs + " s");
  }
}
