package io.ppmq.it;

import java.util.Map;
import java.util.Random;

/** Ends a broker with kill -9. Everything that it wrote survives, synced or not. */
final class Kill implements Torture.Death {
  @Override
  public Map<String, String> environment(Site site) {
    return Map.of();
  }

  @Override
  public void strike(Site site) {
    site.broker().kill();
  }

  @Override
  public void after(Site site, Ledger ledger, Random random) {
    ledger.killed();
  }
}
