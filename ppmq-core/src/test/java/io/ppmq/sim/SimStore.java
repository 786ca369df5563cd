package io.ppmq.sim;

import io.ppmq.store.DelayedMessage;
import io.ppmq.store.Expiring;
import io.ppmq.store.ForwardingStore;
import io.ppmq.store.KeyedMessage;
import io.ppmq.store.SharedCommits;
import io.ppmq.store.Store;
import io.ppmq.store.StoreException;
import io.ppmq.store.TopicStore;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A real store that fails as {@link Faults} says, and reports its writes to the disk. */
final class SimStore extends ForwardingStore {
  private final SimDisk disk;
  private final Faults faults;
  private final LetterWatch letters;
  private final DueWatch due;
  private final Map<String, TopicStore> topics = new HashMap<>();
  private final Store opened;
  private @Nullable SimSharing commits;
  private @Nullable Leading leading;
  private boolean deposed;
  private boolean dropped;

  /** Receives every dead letter when it is written. */
  interface LetterWatch {
    void written(String topic, KeyedMessage letter);
  }

  /** Receives every delayed message when it is removed. */
  interface DueWatch {
    void due(String topic, DelayedMessage message);
  }

  SimStore(SimDisk disk, Faults faults, LetterWatch letters, DueWatch due) {
    this(disk.open(), disk, faults, letters, due);
  }

  private SimStore(Store opened, SimDisk disk, Faults faults, LetterWatch letters, DueWatch due) {
    super(opened);
    this.opened = opened;
    this.due = due;
    this.disk = disk;
    this.faults = faults;
    this.letters = letters;
  }

  @Override
  public TopicStore topic(String name) {
    checkReadable();
    return topics.computeIfAbsent(name, n -> new SimTopicStore(n, super.topic(n), this));
  }

  @Override
  public void reserveIds(long upTo) {
    if (faults.syncFails()) {
      throw new StoreException("the disk does not take the reservation");
    }
    super.reserveIds(upTo);
    disk.reserved(upTo);
  }

  @Override
  public void mark(String word) {
    super.mark(word);
    written("", s -> s.mark(word));
  }

  @Override
  public void unmark(String word) {
    super.unmark(word);
    written("", s -> s.unmark(word));
  }

  @Override
  public @Nullable String shortage(long bytes) {
    return faults.roomLacks() ? "the disk is nearly full" : super.shortage(bytes);
  }

  /** Other machines keep its commits too, from the beginning. */
  void share(Agenda agenda, Random random, Runnable told) {
    if (disk instanceof ClusterDisk cluster) {
      leading = cluster.leading();
      commits = new ClusterCommits(opened.shared(), cluster, cluster.leading(), told);
    } else {
      commits = new SimCommits(disk, faults, agenda, random, super::commit, told);
    }
  }

  @Override
  public @Nullable SharedCommits shared() {
    return commits;
  }

  /** The connection of its broker to the log of a cluster. */
  Leading leading() {
    return Objects.requireNonNull(leading);
  }

  /** Whether a commit has begun whose end the broker has not noticed. */
  boolean isUnderWay() {
    return commits != null && commits.isUnderWay();
  }

  /** The broker is being stopped. */
  void commitAtOnce() {
    if (commits != null) {
      commits.comeAtOnce();
    }
  }

  @Override
  public void close() {
    if (commits != null) {
      commits.close();
    }
    super.close();
  }

  @Override
  public void commit() {
    if (faults.commitFails()) {
      disk.refused(faults.perhaps());
      throw new StoreException("no space left on the disk");
    }
    super.commit();
    disk.committed();
    if (dropped) {
      dropped = false;
      faults.mayDie(24);
    }
  }

  @Override
  public void sync() {
    long before = disk.kept();
    faults.goOnDuringSync();
    if (faults.syncFails()) {
      throw new StoreException("the disk does not answer");
    }
    super.sync();
    disk.synced(before);
  }

  @Override
  public List<Expiring> expiring(long nowMillis, int max) {
    checkReadable();
    return super.expiring(nowMillis, max);
  }

  @Override
  public void dismiss(Expiring expiring) {
    super.dismiss(expiring);
    written(expiring.topic(), s -> s.dismiss(expiring));
  }

  /** A part of it was changed. */
  void written(String topic, Consumer<Store> change) {
    disk.written(opened, topic, change);
  }

  /** A dead letter was written. */
  void buried(String topic, KeyedMessage letter) {
    if (!deposed) {
      letters.written(topic, letter);
      faults.mayDie(6);
    }
  }

  /** The beginning of a log was dropped. */
  void dropped() {
    dropped = true;
  }

  /** A delayed message was removed. */
  void due(String topic, DelayedMessage message) {
    if (!deposed) {
      due.due(topic, message);
    }
  }

  /** Another broker has replaced the one with this store, which may not know it. */
  void depose(Runnable told) {
    deposed = true;
    if (commits instanceof ClusterCommits proposed) {
      proposed.depose(told);
    }
  }

  void checkReadable() {
    if (faults.readFails()) {
      throw new StoreException("the disk cannot be read");
    }
  }
}
