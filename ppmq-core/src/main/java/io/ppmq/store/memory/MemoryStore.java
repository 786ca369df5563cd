package io.ppmq.store.memory;

import io.ppmq.store.Entry;
import io.ppmq.store.Expiring;
import io.ppmq.store.Store;
import io.ppmq.store.TopicStore;
import java.security.SecureRandom;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Keeps everything in collections on the heap. Writes take effect at once, so a commit has nothing
 * left to do and never fails.
 */
public final class MemoryStore implements Store {
  private static final int NONCE_LETTERS = 8;
  private static final int RADIX = 36;

  private final String nonce;
  private final Map<String, MemoryTopic> topics = new HashMap<>();
  private final TreeSet<Expiring> expiring =
      new TreeSet<>(
          Comparator.comparingLong(Expiring::atMillis)
              .thenComparing(Expiring::topic)
              .thenComparingInt(Expiring::priority)
              .thenComparingLong(Expiring::id)
              .thenComparing(Expiring::key, Comparator.nullsFirst(Comparator.naturalOrder())));
  private final SortedSet<String> marks = new TreeSet<>();
  private long firstFreeId;
  private boolean dirty;
  private boolean closed;

  /**
   * An empty store with a nonce of its own.
   *
   * @param firstId the first id to hand out; above every id of earlier stores whose keys a client
   *     may still remember, so best taken from the wall clock
   */
  public MemoryStore(long firstId) {
    this(firstId, randomNonce());
  }

  /** An empty store with a given nonce of 8 letters and digits, for repeatable runs. */
  public MemoryStore(long firstId, String nonce) {
    if (!nonce.matches("[a-z0-9]{8}")) {
      throw new IllegalArgumentException("a nonce is 8 letters and digits, not '" + nonce + "'");
    }
    this.firstFreeId = firstId;
    this.nonce = nonce;
  }

  private static String randomNonce() {
    StringBuilder letters = new StringBuilder();
    SecureRandom random = new SecureRandom();
    for (int i = 0; i < NONCE_LETTERS; i++) {
      letters.append(Character.forDigit(random.nextInt(RADIX), RADIX));
    }
    return letters.toString();
  }

  @Override
  public TopicStore topic(String name) {
    checkOpen();
    return topics.computeIfAbsent(name, n -> new MemoryTopic(this, n));
  }

  @Override
  public long firstFreeId() {
    return firstFreeId;
  }

  @Override
  public void reserveIds(long upTo) {
    checkOpen();
    firstFreeId = Math.max(firstFreeId, upTo);
  }

  @Override
  public String nonce() {
    return nonce;
  }

  @Override
  public SortedSet<String> topics() {
    checkOpen();
    SortedSet<String> written = new TreeSet<>();
    topics.forEach(
        (name, topic) -> {
          if (topic.wasWritten()) {
            written.add(name);
          }
        });
    return written;
  }

  @Override
  public SortedSet<String> marks() {
    checkOpen();
    return new TreeSet<>(marks);
  }

  @Override
  public void mark(String word) {
    changed();
    marks.add(word);
  }

  @Override
  public void unmark(String word) {
    changed();
    marks.remove(word);
  }

  @Override
  public boolean isDirty() {
    return dirty;
  }

  @Override
  public void commit() {
    checkOpen();
    dirty = false;
  }

  /** Does nothing: there is no disk. */
  @Override
  public void sync() {}

  @Override
  public List<Expiring> expiring(long nowMillis, int max) {
    checkOpen();
    return expiring.stream().takeWhile(e -> e.atMillis() <= nowMillis).limit(max).toList();
  }

  @Override
  public long nextExpiryMillis() {
    return expiring.isEmpty() ? Entry.NEVER : expiring.first().atMillis();
  }

  @Override
  public void dismiss(Expiring item) {
    changed();
    expiring.remove(item);
  }

  /** Does nothing: the garbage collector takes dropped data. */
  @Override
  public void reclaim() {}

  @Override
  public long diskBytes() {
    return 0;
  }

  @Override
  public void close() {
    closed = true;
    topics.clear();
    expiring.clear();
  }

  /** Puts a thing on the expiry list, unless it never expires. */
  void list(Expiring item) {
    if (item.atMillis() != Entry.NEVER) {
      expiring.add(item);
    }
  }

  /** Takes a thing off the expiry list. */
  void unlist(Expiring item) {
    expiring.remove(item);
  }

  /** To be called before every change. */
  void changed() {
    checkOpen();
    dirty = true;
  }

  void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the store in memory is closed");
    }
  }
}
