package io.ppmq.broker;

import io.ppmq.store.Store;
import io.ppmq.store.memory.MemoryStore;

class RequeueOnMemoryStoreTest extends RequeueContract {
  @Override
  Store create() {
    return new MemoryStore(1 << 20, "nonce000");
  }
}
