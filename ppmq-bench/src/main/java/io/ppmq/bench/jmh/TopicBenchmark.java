package io.ppmq.bench.jmh;

import io.ppmq.message.Bytes;
import io.ppmq.message.Delivery;
import io.ppmq.message.Message;
import io.ppmq.store.Entry;
import io.ppmq.store.Store;
import io.ppmq.store.TopicStore;
import io.ppmq.store.rocksdb.RocksStore;
import io.ppmq.topic.Batch;
import io.ppmq.topic.BatchLimits;
import io.ppmq.topic.CommitBarrier;
import io.ppmq.topic.Topic;
import io.ppmq.topic.TopicSettings;
import io.ppmq.topic.Worker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A topic on its store, as the writer uses them, with a commit for each batch and no sync. Each
 * iteration has {@link #ROUNDS} batches on a new store.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(Texts.MESSAGES * TopicBenchmark.ROUNDS)
@Fork(1)
@Warmup(iterations = 10, batchSize = TopicBenchmark.ROUNDS)
@Measurement(iterations = 10, batchSize = TopicBenchmark.ROUNDS)
public class TopicBenchmark {
  /** The number of batches in an iteration. */
  public static final int ROUNDS = 2_000;

  private static final String NAME = "topic0";
  private static final String SUBSCRIBER = "subscriber0";
  private static final TopicSettings SETTINGS =
      new TopicSettings(NAME, List.of(SUBSCRIBER), 0, false, 1, false);
  private static final BatchLimits LIMITS = new BatchLimits(Texts.MESSAGES, 1 << 20);
  private static final long NOW_MILLIS = 1_800_000_000_000L;

  private final List<Message> messages = Texts.messages();
  private Path directory = Path.of("");
  private Store store = new io.ppmq.store.memory.MemoryStore(1);
  private Topic topic = open(store);
  private Worker worker = new Worker();
  private long cursor;

  private static Topic open(Store store) {
    long[] next = {1};
    return Topic.open(
        SETTINGS,
        store.topic(NAME),
        count -> (next[0] += count) - count,
        store.nonce(),
        new CommitBarrier());
  }

  /** Makes a store with a subscriber and the waiting batches for an iteration. */
  @Setup(Level.Iteration)
  public void fill() throws IOException {
    directory = Files.createTempDirectory("ppmq-jmh-");
    store = RocksStore.open(directory.resolve("data"), 1, sentence -> {});
    topic = open(store);
    worker = new Worker();
    topic.flush();
    store.commit();
    cursor = 0;
    for (int i = 0; i < ROUNDS; i++) {
      append();
    }
  }

  /** Removes the store and its directory. */
  @TearDown(Level.Iteration)
  public void remove() throws IOException {
    store.close();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  /** Publishes messages and commits. */
  @Benchmark
  public void append() {
    topic.publish(messages, NOW_MILLIS);
    topic.flush();
    store.commit();
  }

  /** Reads messages from the store's log, one after another. */
  @Benchmark
  public long read() {
    TopicStore log = store.topic(NAME);
    long bytes = 0;
    for (Entry entry : log.read(0, cursor, 1, 1)) {
      Entry.Messages reader = entry.messages();
      while (reader.next()) {
        bytes += reader.payload().length();
      }
      cursor = entry.lastId() + 1;
    }
    return bytes;
  }

  /** Chooses a batch, counts it as pushed, acknowledges all of it and commits. */
  @Benchmark
  public int chooseAndAcknowledge() {
    Batch batch = topic.subscriber(SUBSCRIBER).choose(worker, LIMITS, NOW_MILLIS);
    if (batch == null) {
      throw new IllegalStateException("nothing waits");
    }
    topic.subscriber(SUBSCRIBER).pushed(worker, 0, NOW_MILLIS);
    List<Bytes> keys = new ArrayList<>(batch.deliveries().size());
    for (Delivery delivery : batch.deliveries()) {
      keys.add(delivery.key());
    }
    topic.subscriber(SUBSCRIBER).acknowledge(keys, null, NOW_MILLIS);
    topic.flush();
    store.commit();
    return keys.size();
  }
}
