package io.ppmq.store.memory;

import io.ppmq.store.DelayedContract;
import io.ppmq.store.Store;

final class MemoryDelayedTest extends DelayedContract {
  @Override
  protected Store open() {
    return new MemoryStore(1);
  }
}
