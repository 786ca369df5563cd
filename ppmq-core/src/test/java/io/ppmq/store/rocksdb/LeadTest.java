package io.ppmq.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ppmq.message.Bytes;
import io.ppmq.store.Entry;
import io.ppmq.store.KeyedMessage;
import io.ppmq.store.Place;
import io.ppmq.store.SharedCommits;
import io.ppmq.store.Store;
import io.ppmq.store.StoreException;
import io.ppmq.store.TopicStore;
import io.ppmq.store.rocksdb.Replica.Outcome;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The proposals of a leader, and their fate in a log that treats them in every way. */
final class LeadTest implements Proposals {
  private static final long TERM = 3;

  private record Proposed(ByteBuffer entry, Consumer<@Nullable String> done) {}

  @TempDir Path directory;
  private final List<Proposed> proposed = new ArrayList<>();
  private Replica replica;
  private Replica follower;
  private Store store;
  private SharedCommits commits;
  private long index;

  @BeforeEach
  void lead() {
    replica = Replica.open(directory.resolve("leader"), 0, warning -> {});
    follower = Replica.open(directory.resolve("follower"), 0, warning -> {});
    apply(TERM, ByteBuffer.wrap(replica.founding(TERM, 1000)));
    take(TERM);
  }

  private void take(long term) {
    store = replica.lead(term, this);
    commits = Objects.requireNonNull(store.shared());
  }

  @AfterEach
  void close() {
    store.close();
    replica.close();
    follower.close();
  }

  @Override
  public synchronized void propose(byte[] entry, Consumer<@Nullable String> done) {
    proposed.add(new Proposed(ByteBuffer.wrap(entry), done));
  }

  private synchronized Proposed next() {
    return proposed.remove(0);
  }

  private synchronized int waiting() {
    return proposed.size();
  }

  private Outcome apply(long term, ByteBuffer entry) {
    Outcome outcome = replica.apply(term, index, entry);
    assertThat(follower.apply(term, index, entry)).isEqualTo(outcome);
    index++;
    return outcome;
  }

  private void deliver(Proposed next) {
    Outcome outcome = apply(TERM, next.entry);
    next.done.accept(outcome == Outcome.APPLIED ? null : "it was " + outcome);
  }

  private List<@Nullable String> begin(long n) {
    WrittenStore.write(store, n);
    List<@Nullable String> told = new ArrayList<>();
    commits.begin(told::add);
    return told;
  }

  @Test
  void commitIsShownFromItsBeginAndInTheStoreOfEveryNodeWhenItIsKept() {
    for (long n = 1; n <= 100; n++) {
      List<@Nullable String> told = begin(n);
      assertThat(store.isDirty()).isFalse();
      assertThat(WrittenStore.check(store)).isEqualTo(n);
      assertThat(told).isEmpty();
      deliver(next());
      assertThat(told).containsExactly((String) null);
      assertThat(WrittenStore.check(store)).isEqualTo(n);
      commits.kept();
      assertThat(WrittenStore.check(store)).isEqualTo(n);
    }
    assertThat(digest(follower)).isEqualTo(digest(replica));
    try (Store next = follower.lead(TERM + 1, this)) {
      assertThat(WrittenStore.check(next)).isEqualTo(100);
      assertThat(next.firstFreeId()).isEqualTo(1000);
      assertThat(next.nonce()).isEqualTo(store.nonce());
    }
  }

  @Test
  void whatIsWrittenWhileACommitIsUnderWayIsOfTheNext() {
    begin(1);
    WrittenStore.write(store, 2);
    assertThat(store.isDirty()).isTrue();
    assertThatThrownBy(() -> commits.begin(told -> {})).isInstanceOf(IllegalStateException.class);
    deliver(next());
    commits.kept();
    assertThat(waiting()).isZero();
    commits.begin(told -> {});
    deliver(next());
    commits.kept();
    assertThat(WrittenStore.check(store)).isEqualTo(2);
    commits.begin(told -> assertThat(told).isNull());
    assertThat(waiting()).as("there was nothing to keep").isZero();
  }

  private static Entry entry(long id) {
    Entry.Packer packer = new Entry.Packer(id, 1, Entry.NEVER, 100);
    packer.add(id, Bytes.utf8("\"" + id + "\""), null);
    return packer.pack();
  }

  private static KeyedMessage keyed(String key, long version) {
    Place place = new Place(0, version);
    Bytes payload = Bytes.utf8("1");
    return new KeyedMessage(
        Bytes.utf8(key), version, 0, 1, null, false, payload, place, new TreeMap<>());
  }

  private List<Long> read(long from, int entriesMax) {
    return store.topic("t").read(0, from, entriesMax, Long.MAX_VALUE).stream()
        .map(Entry::firstId)
        .toList();
  }

  @Test
  void logShowsWhatIsWrittenWhileACommitIsUnderWay() {
    TopicStore topic = store.topic("t");
    topic.append(0, entry(1));
    topic.append(0, entry(2));
    commits.begin(told -> {});
    topic.append(0, entry(3));
    topic.append(0, entry(4));
    topic.append(0, entry(5));

    assertThat(read(0, 10)).containsExactly(1L, 2L, 3L, 4L, 5L);
    assertThat(read(2, 2)).containsExactly(2L, 3L);
    assertThat(read(4, 1)).containsExactly(4L);
    assertThat(Objects.requireNonNull(topic.last(0)).firstId()).isEqualTo(5);
    assertThat(Objects.requireNonNull(topic.around(0, 1, 4)).firstId()).isEqualTo(4);
    assertThat(Objects.requireNonNull(topic.around(0, 1, 2)).firstId()).isEqualTo(2);
    topic.replace(0, entry(5), null);
    topic.drop(0, 0, 4);
    assertThat(read(0, 10)).containsExactly(4L);
    topic.remove(0, 4, Entry.NEVER);
    assertThat(topic.last(0)).isNull();
    assertThat(read(0, 10)).isEmpty();
    deliver(next());
    commits.kept();
    assertThat(read(0, 10)).isEmpty();
  }

  @Test
  void keyedMessagesAreShownAsTheyAreWrittenWhileACommitIsUnderWay() {
    TopicStore topic = store.topic("t");
    topic.keep(null, keyed("a", 1));
    topic.keep(null, keyed("c", 2));
    commits.begin(told -> {});
    topic.keep(keyed("c", 2), keyed("c", 4));
    topic.keep(null, keyed("b", 5));
    topic.forget(keyed("a", 1));

    assertThat(topic.keyed(null, 10)).map(KeyedMessage::version).containsExactly(5L, 4L);
    assertThat(topic.keyed(null, 1)).map(KeyedMessage::version).containsExactly(5L);
    assertThat(topic.keyed(Bytes.utf8("b"), 10)).map(KeyedMessage::version).containsExactly(4L);
    topic.forgetKeyed();
    topic.keep(null, keyed("d", 6));
    assertThat(topic.keyed(null, 10)).map(KeyedMessage::version).containsExactly(6L);
    for (long n = 0; n < 10_000; n++) {
      topic.keep(null, keyed("e" + (10_000 + n), 10 + n)); // more than the heap keeps
    }
    topic.forget(keyed("e10000", 10));
    assertThat(topic.keyed(null, 3)).map(KeyedMessage::version).containsExactly(6L, 11L, 12L);
    assertThat(topic.keyed(Bytes.utf8("e19998"), 3))
        .map(KeyedMessage::version)
        .containsExactly(10_009L);
  }

  @Test
  void commitThatNeverCameIsNowhereForTheNextLeader() {
    begin(1);
    deliver(next());
    commits.kept();
    String before = digest(replica);
    List<@Nullable String> told = begin(2);
    Store abandoned = store;
    take(TERM + 1);
    assertThat(told).isEmpty();
    assertThat(WrittenStore.check(store)).isEqualTo(1);
    assertThat(digest(replica)).isEqualTo(before);
    assertThatThrownBy(() -> abandoned.reserveIds(1 << 20)).isInstanceOf(StoreException.class);
    Outcome late = apply(TERM + 1, next().entry);
    assertThat(late).as("it comes after all").isEqualTo(Outcome.FENCED);
    assertThat(digest(replica)).isEqualTo(before);
    abandoned.close();
  }

  @Test
  void commitThatComesInAnotherTermIsInNoStoreAndEndsTheLeaders() {
    List<@Nullable String> told = begin(1);
    Proposed held = next();
    Outcome outcome = apply(TERM + 2, held.entry);
    assertThat(outcome).isEqualTo(Outcome.FENCED);
    held.done.accept("another node leads");
    assertThat(told).containsExactly("another node leads");
    WrittenStore.write(store, 2);
    assertThatThrownBy(() -> commits.begin(reason -> {}))
        .isInstanceOf(StoreException.class)
        .hasMessage("another node leads");
    assertThatThrownBy(() -> store.reserveIds(1 << 20)).hasMessage("another node leads");
    assertThatThrownBy(() -> store.commit()).hasMessage("another node leads");
    assertThat(waiting()).isZero();
    take(TERM + 2);
    assertThat(WrittenStore.check(store)).isZero();
    begin(1);
    assertThat(apply(TERM + 2, next().entry)).isEqualTo(Outcome.APPLIED);
  }

  @Test
  void storeOfALeaderRefusesWhatIsAskedOfItWhenACheckpointIsInItsPlace() {
    begin(1);
    deliver(next());
    commits.kept();
    follower.checkpoint(directory.resolve("checkpoint"));
    replica.replaceBy(directory.resolve("checkpoint"));

    for (Runnable asked : List.<Runnable>of(store::isDirty, () -> read(0, 1), store::commit)) {
      assertThatThrownBy(asked::run)
          .isInstanceOf(StoreException.class)
          .hasMessage("the store of the leader was closed");
    }
  }

  @Test
  void whatFollowsALostProposalIsLostToo() throws Exception {
    List<@Nullable String> told = begin(1);
    Proposed lost = next();
    CompletableFuture<Void> reserving = CompletableFuture.runAsync(() -> store.reserveIds(5000));
    awaitProposal(1);
    deliver(next());
    assertThatThrownBy(() -> reserving.get(60, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .hasRootCauseMessage("it was FENCED");
    assertThat(store.firstFreeId()).isEqualTo(1000);
    lost.done.accept("the log has lost it");
    assertThat(told).containsExactly("the log has lost it");
  }

  @Test
  void idsAreReservedOnEveryNodeWhileACommitIsUnderWay() throws Exception {
    begin(1);
    CompletableFuture<Void> reserving = CompletableFuture.runAsync(() -> store.reserveIds(5000));
    awaitProposal(2);
    assertThat(store.firstFreeId()).as("it is not kept yet").isEqualTo(1000);
    deliver(next());
    assertThat(reserving).isNotDone();
    deliver(next());
    reserving.get(60, TimeUnit.SECONDS);
    assertThat(store.firstFreeId()).isEqualTo(5000);
    assertThat(WrittenStore.check(store)).isEqualTo(1);
    commits.kept();
    try (Store next = follower.lead(TERM + 1, this)) {
      assertThat(next.firstFreeId()).isEqualTo(5000);
    }
  }

  @Test
  void whoeverWaitsForIdsIsToldWhenTheStoreIsTakenAway() throws Exception {
    CompletableFuture<Void> reserving = CompletableFuture.runAsync(() -> store.reserveIds(5000));
    awaitProposal(1);
    replica.close();
    assertThatThrownBy(() -> reserving.get(60, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .hasRootCauseInstanceOf(StoreException.class);
  }

  @Test
  void threadThatAppliesDoesNotWaitForItself() {
    assertThatThrownBy(() -> store.reserveIds(5000))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("would wait for itself");
  }

  @Test
  void nobodyLeadsWithNothingNorAfterAnEntryThatCannotBeApplied() {
    try (Replica empty = Replica.open(directory.resolve("empty"), 0, warning -> {})) {
      assertThatThrownBy(() -> empty.lead(1, this))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("no cluster was founded");
    }
    assertThatThrownBy(() -> replica.apply(TERM, index, ByteBuffer.allocate(1)))
        .isInstanceOf(UnappliableEntryException.class);
    assertThatThrownBy(() -> replica.lead(TERM, this))
        .isInstanceOf(UnappliableEntryException.class);
  }

  @Test
  void closingTheStoreOfTheLeaderLeavesTheReplica() {
    begin(1);
    store.close();
    assertThatThrownBy(() -> store.isDirty()).isInstanceOf(IllegalStateException.class);
    deliver(next());
    take(TERM);
    assertThat(WrittenStore.check(store)).isEqualTo(1);
    begin(2);
    deliver(next());
    commits.kept();
    assertThat(WrittenStore.check(store)).isEqualTo(2);
  }

  private void awaitProposal(int count) throws InterruptedException {
    long start = System.nanoTime();
    while (waiting() < count) {
      assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(60));
      Thread.sleep(1);
    }
  }

  private static String digest(Replica of) {
    try (ContentDigest digest = of.digest()) {
      return digest.compute();
    }
  }
}
