package io.ppmq.topic;

import io.ppmq.store.Store;
import io.ppmq.store.memory.MemoryStore;
import org.jspecify.annotations.Nullable;

class TopicOnMemoryStoreTest extends TopicModelTest {
  @Override
  Store create() {
    return new MemoryStore(1, "nonce000");
  }

  @Override
  @Nullable Store lose(Store store) {
    return null;
  }

  @Override
  int steps() {
    return 10_000;
  }
}
