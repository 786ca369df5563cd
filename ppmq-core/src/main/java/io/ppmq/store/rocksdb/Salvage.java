package io.ppmq.store.rocksdb;

import static java.util.stream.Collectors.toCollection;

import io.ppmq.message.Bytes;
import io.ppmq.store.Entry;
import io.ppmq.store.KeyedMessage;
import io.ppmq.store.Place;
import io.ppmq.store.Progress;
import io.ppmq.store.RepairReport;
import io.ppmq.store.StoreException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.RocksDBException;

/**
 * Copies everything readable into a new database. Values that only their form identifies are
 * checked by it; values that follow from others, such as the expiry list, are made again.
 */
final class Salvage {
  /**
   * The number of ids that are reserved at a time: that many may be in use above the highest known
   * one.
   */
  private static final long IDS_UNSEEN = 1L << 25;

  private static final long PROGRESS_EVERY = 100_000;
  private static final int STATE = 0;
  private static final int LOG = 1;
  private static final int KEYED = 2;
  private static final int DELAYED = 4;

  private final Engine engine;
  private final BulkLoad to;
  private final Map<String, List<String>> configured;
  private final Consumer<String> progress;
  private final List<String> damages;
  private final SortedMap<Integer, String> names = new TreeMap<>();
  private final SortedMap<Integer, SortedMap<String, Progress>> read = new TreeMap<>();
  private final Map<Integer, Map<Integer, long[]>> marks = new HashMap<>();
  private final Set<Integer> counted = new HashSet<>();
  private final Set<Integer> orphans = new HashSet<>(); // under a name that is not configured
  private byte @Nullable [] nonce;
  private long ids;
  private long highestId;
  private int highestTopic;
  private boolean stateLost;
  private long values;

  /**
   * A salvage into {@code engine}, which has been created.
   *
   * @param configured the subscribers of each topic, for topics whose progress is lost
   * @param stateLost whether it is known already that some of the state is missing
   * @param damages told of each damage
   */
  Salvage(
      Engine engine,
      BulkLoad to,
      Map<String, List<String>> configured,
      boolean stateLost,
      List<String> damages,
      Consumer<String> progress) {
    this.engine = engine;
    this.to = to;
    this.configured = configured;
    this.stateLost = stateLost;
    this.damages = damages;
    this.progress = progress;
  }

  /** Salvages everything, and returns the kept data of each topic. */
  List<RepairReport.Topic> run(Staging all, @Nullable Staging sound) throws RocksDBException {
    walk(all, sound, STATE, this::state);
    walk(all, sound, LOG, this::entry);
    walk(all, sound, KEYED, this::keyed);
    walk(all, sound, DELAYED, this::delayed);
    to.write();
    nameTopics();
    putIdentity();
    List<RepairReport.Topic> topics = new ArrayList<>();
    for (Map.Entry<Integer, String> topic : names.entrySet()) {
      to.put(engine.state(), Keys.topic(topic.getValue()), Keys.u32(topic.getKey()));
      topics.add(recount(topic.getKey(), topic.getValue()));
    }
    to.finish();
    return topics;
  }

  // ---- walking --------------------------------------------------------------------------------

  /** An action on a value. */
  private interface Carrier {
    void carry(byte[] key, byte[] value) throws RocksDBException;
  }

  private void walk(Staging all, @Nullable Staging sound, int family, Carrier carrier)
      throws RocksDBException {
    new SalvageScan(
            all,
            sound,
            family,
            new SalvageScan.Found() {
              @Override
              public void value(byte[] key, byte[] value, boolean inHole) throws RocksDBException {
                carry(family, carrier, key, value);
              }

              @Override
              public void hole(byte @Nullable [] after, byte @Nullable [] before, String reason) {
                stateLost |= family == STATE;
                damages.add(UnreadableRange.sentence(names, family, after, before, reason));
              }
            })
        .run();
  }

  private void carry(int family, Carrier carrier, byte[] key, byte[] value)
      throws RocksDBException {
    if (++values % PROGRESS_EVERY == 0) {
      progress.accept(values + " values carried over");
    }
    try {
      carrier.carry(key, value);
    } catch (StoreException e) {
      stateLost |= family == STATE;
      damages.add(e.sentence());
    }
  }

  private void state(byte[] key, byte[] value) throws RocksDBException {
    StateKey kind = StateKey.of(key);
    if (kind == null) {
      throw new StoreException("the store holds something unknown among its state");
    }
    switch (kind) {
      case FORMAT -> checkFormat(ByteBuffer.wrap(sized(value, Integer.BYTES)).getInt());
      case NONCE -> nonce = value;
      case IDS -> ids = ByteBuffer.wrap(sized(value, Long.BYTES)).getLong();
      case TOPIC -> {
        int topic = ByteBuffer.wrap(sized(value, Integer.BYTES)).getInt();
        names.put(topic, Keys.topicName(key));
        seen(topic);
      }
      case LOG_MARK -> {
        ByteBuffer mark = ByteBuffer.wrap(sized(value, 2 * Long.BYTES));
        marks
            .computeIfAbsent(topicOf(key), t -> new TreeMap<>())
            .put(Keys.logMarkPriority(key), new long[] {mark.getLong(), mark.getLong()});
      }
      case PROGRESS ->
          read.computeIfAbsent(topicOf(key), t -> new TreeMap<>())
              .put(Keys.progressSubscriber(key), Progress.of(value));
      case RETAINED -> counted.add(topicOf(key));
      case DELAYS -> topicOf(key); // counted again
      case MARK -> put(engine.state(), key, value);
      case APPLIED -> {} // salvaged data is no exact copy any more
    }
  }

  private int topicOf(byte[] key) {
    int topic = Keys.stateTopic(key);
    seen(topic);
    return topic;
  }

  private static byte[] sized(byte[] value, int bytes) {
    if (value.length != bytes) {
      throw new StoreException("the store holds a value of a wrong size among its state");
    }
    return value;
  }

  private static void checkFormat(int format) {
    if (format != Keys.FORMAT) {
      throw new IllegalArgumentException(
          "it is written in format " + format + ", this ppMQ reads format " + Keys.FORMAT);
    }
  }

  private void entry(byte[] key, byte[] value) throws RocksDBException {
    Entry entry = Entry.of(value);
    if (key.length != 16 || Keys.entryId(key) != entry.firstId()) {
      throw new StoreException("the store holds a log entry that is not where it belongs");
    }
    int topic = ByteBuffer.wrap(key).getInt();
    seen(topic);
    highestId = Math.max(highestId, entry.lastId());
    long[] mark = marks.getOrDefault(topic, Map.of()).get(Keys.entryPriority(key));
    if (mark == null || entry.firstId() >= mark[0]) {
      put(engine.log(), key, value);
    }
  }

  private void keyed(byte[] key, byte[] value) throws RocksDBException {
    KeyedMessage kept = KeyedMessage.of(new Bytes(key, 4, key.length - 4), value);
    seen(ByteBuffer.wrap(key).getInt());
    highestId = Math.max(highestId, kept.version());
    for (Place place : kept.exceptions().values()) {
      highestId = Math.max(highestId, place.id()); // of a requeued version, it is above that
    }
    put(engine.keyed(), key, value);
  }

  private void delayed(byte[] key, byte[] value) throws RocksDBException {
    if (key.length != Keys.DELAYED_BYTES) {
      throw new StoreException("the store holds a delayed message that is not where it belongs");
    }
    seen(Keys.delayedTopic(key));
    highestId = Math.max(highestId, Keys.delayed(key, value).id());
    put(engine.delayed(), key, value);
  }

  private void put(ColumnFamilyHandle family, byte[] key, byte[] value) throws RocksDBException {
    to.put(family, key, value);
  }

  private void seen(int topic) {
    highestTopic = Math.max(highestTopic, topic);
  }

  // ---- what was missing -----------------------------------------------------------------------

  /**
   * Topics are numbered without gaps; topics with lost names get new ones, so that they can be
   * found.
   */
  private void nameTopics() {
    List<Integer> unnamed = new ArrayList<>();
    for (int topic = 1; topic <= highestTopic; topic++) {
      if (!names.containsKey(topic)) {
        unnamed.add(topic);
      }
    }
    List<String> unused = new ArrayList<>(configured.keySet());
    unused.removeAll(names.values());
    boolean onlyOne = unnamed.size() == 1 && unused.size() == 1;
    for (int topic : unnamed) {
      stateLost = true;
      String name = onlyOne ? unused.get(0) : "unnamed-" + topic;
      names.put(topic, name);
      String lost = "the name of topic number " + topic + " is lost: it is taken to be " + name;
      if (configured.containsKey(name)) {
        damages.add(lost);
      } else {
        orphans.add(topic);
        damages.add(lost + ", and kept until the configuration has that topic, or it is purged");
      }
    }
  }

  private void putIdentity() throws RocksDBException {
    if (nonce != null) {
      to.put(engine.state(), Keys.NONCE_KEY, nonce);
    }
    Identity made = Identity.of(engine);
    long free = Math.max(ids, highestId + 1);
    if (ids == 0 || stateLost) {
      free = Math.max(free, highestId + IDS_UNSEEN);
      free = Math.max(free, made == null ? 0 : made.firstFreeId());
    }
    to.put(engine.state(), Keys.IDS_KEY, Keys.u64(free));
  }

  private RepairReport.Topic recount(int topic, String name) throws RocksDBException {
    Recount recount = new Recount(engine, to, topic, counted.contains(topic));
    SortedMap<String, Progress> known = read.getOrDefault(topic, new TreeMap<>());
    known.forEach((subscriber, saved) -> recount.add(subscriber, saved, true));
    if (stateLost) {
      Progress fromTheStart = new Progress(new TreeMap<>(), List.of(), List.of());
      for (String subscriber : subscribersOf(topic, name)) {
        if (!known.containsKey(subscriber)) {
          recount.add(subscriber, fromTheStart, false);
        }
      }
    }
    return recount.run(name, marks.getOrDefault(topic, Map.of()));
  }

  /** The subscribers that get a topic from the start; the broker would drop one without any. */
  private Collection<String> subscribersOf(int topic, String name) {
    return orphans.contains(topic)
        ? configured.values().stream().flatMap(List::stream).collect(toCollection(TreeSet::new))
        : configured.getOrDefault(name, List.of());
  }
}
