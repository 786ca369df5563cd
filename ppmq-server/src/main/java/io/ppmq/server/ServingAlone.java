package io.ppmq.server;

import io.ppmq.broker.Broker;
import io.ppmq.broker.request.ErrorCode;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.broker.stats.Bound;
import io.ppmq.config.Config;
import io.ppmq.config.DataPath;
import io.ppmq.store.Store;
import io.ppmq.store.StoreException;
import io.ppmq.store.memory.MemoryStore;
import io.ppmq.store.rocksdb.RocksStore;
import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One broker on one machine, from the start of the process to its end. */
final class ServingAlone implements Serving {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");

  /**
   * The ids of a new store begin with the time, so that its keys differ from those of a lost store.
   */
  private static final int IDS_PER_SECOND_BITS = 20;

  private final Service service;
  private final Store store;
  private long minFreeDiskBytes;

  private ServingAlone(Service service, Store store, long minFreeDiskBytes) {
    this.service = service;
    this.store = store;
    this.minFreeDiskBytes = minFreeDiskBytes;
  }

  /** Opens the store and starts; the parameters are those of {@link Service#start}. */
  static ServingAlone start(
      Config config, ServerSocketChannel channel, EventLog events, Runnable everySecond)
      throws IOException {
    Store store = store(config);
    Service service =
        Service.start(config, store, channel, senders -> senders, events, everySecond);
    return new ServingAlone(service, store, config.minFreeDiskBytes());
  }

  private static Store store(Config config) {
    long firstId = firstId();
    return config.dataPath() instanceof DataPath.Directory directory
        ? RocksStore.open(directory.path(), firstId, config.minFreeDiskBytes(), LOG::warn)
        : new MemoryStore(firstId);
  }

  /** The first id of a new store. */
  static long firstId() {
    return Math.max(1, System.currentTimeMillis() / 1000) << IDS_PER_SECOND_BITS;
  }

  @Override
  public void tellBroker(Consumer<@Nullable Broker> told) {
    told.accept(service.broker());
  }

  @Override
  public List<Bound> bounds() {
    return service.bounds();
  }

  @Override
  public void apply(Config next) throws RefusedException {
    leaveFree(next.minFreeDiskBytes());
    try {
      service.apply(next);
    } catch (RefusedException | IllegalStateException e) {
      leaveFree(minFreeDiskBytes);
      throw e;
    }
    minFreeDiskBytes = next.minFreeDiskBytes();
  }

  private void leaveFree(long bytes) throws RefusedException {
    if (store instanceof RocksStore rocks) {
      try {
        rocks.leaveFree(bytes, LOG::warn);
      } catch (StoreException e) {
        throw new RefusedException(
            ErrorCode.UNAVAILABLE, "MinFreeDisk cannot be changed: " + e.sentence());
      }
    }
  }

  @Override
  public void acceptFrom(ServerSocketChannel renewed) {
    service.acceptFrom(renewed);
  }

  @Override
  public void stop() throws InterruptedException {
    service.stop();
  }
}
