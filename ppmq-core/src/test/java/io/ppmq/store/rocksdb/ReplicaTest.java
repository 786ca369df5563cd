package io.ppmq.store.rocksdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ppmq.store.Store;
import io.ppmq.store.StoreException;
import io.ppmq.store.rocksdb.Replica.Outcome;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ReplicaTest {
  private static final long TERM = 3;

  @TempDir Path directory;
  private final List<AutoCloseable> opened = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();
  private Batches batches;
  private Replica replica;

  @BeforeEach
  void open() {
    batches = new Batches(directory.resolve("batches"));
    opened.add(batches);
    replica = open("replica");
  }

  private Replica open(String name) {
    Replica made = Replica.open(directory.resolve(name), 0, warnings::add);
    opened.add(made);
    return made;
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : opened) {
      each.close();
    }
    assertThat(warnings).isEmpty();
  }

  @Test
  void newReplicaIsEmptyAndFoundedByAnEntry() {
    assertThat(replica.isFounded()).isFalse();
    assertThat(replica.applied()).isNull();
    assertThat(replica.sync()).isNull();
    byte[] founding = replica.founding(TERM, 1000);
    assertThat(founding).isNotEqualTo(replica.founding(TERM, 1000));
    assertThat(apply(replica, 0, founding)).isEqualTo(Outcome.APPLIED);
    assertThat(replica.isFounded()).isTrue();
    assertThat(at(replica).index()).isZero();
    assertThat(at(replica).seq()).isEqualTo(1);
    Replica other = open("other");
    apply(other, 0, founding);
    assertThat(digest(other)).isEqualTo(digest(replica));
    replica.close();
    assertThat(single("replica", store -> store.firstFreeId())).isEqualTo(1000);
  }

  @Test
  void replicasOfTheSameEntriesAreTheSame() {
    Replica other = open("other");
    List<byte[]> log = found(20);
    takeAll(other, log, 0);
    assertThat(other.applied()).isEqualTo(replica.applied());
    assertThat(digest(other)).isEqualTo(digest(replica));
    apply(replica, log.size(), proposal(batches.commit(21)));
    assertThat(digest(other)).isNotEqualTo(digest(replica));
    other.close();
    assertThat(single("other", WrittenStore::check)).isEqualTo(20);
  }

  @Test
  void whatWasAppliedIsThereAfterOpeningAgainAndNothingIsAppliedTwice() {
    List<byte[]> log = found(5);
    Applied before = at(replica);
    replica.close();
    replica = open("replica");
    assertThat(replica.applied()).isEqualTo(before);
    String digest = digest(replica);
    for (int index = 0; index < log.size(); index++) {
      assertThat(apply(replica, index, log.get(index))).isEqualTo(Outcome.KNOWN);
    }
    assertThat(replica.applied()).isEqualTo(before);
    assertThat(digest(replica)).isEqualTo(digest);
    apply(replica, log.size(), proposal(batches.commit(6)));
    replica.close();
    assertThat(single("replica", WrittenStore::check)).isEqualTo(6);
  }

  @Test
  void whatIsToBeLeftFreeChangesWhileABrokerLeads() {
    found(1);
    Store store = replica.lead(TERM + 1, (batch, done) -> {});
    assertThat(store.minFreeBytes()).isZero();
    replica.leaveFree(1 << 20);
    assertThat(store.minFreeBytes()).isEqualTo(1 << 20);
  }

  @Test
  void passedEntriesAreKnownAfterASync() {
    found(1);
    Applied last = at(replica);
    replica.pass(TERM, 17);
    assertThat(replica.sync()).isEqualTo(new Applied(TERM, 17, last.seq(), last.hash()));
    replica.pass(TERM + 1, 18);
    replica.pass(TERM, 5);
    replica.close();
    replica = open("replica");
    assertThat(replica.applied()).isEqualTo(new Applied(TERM + 1, 18, 0, last.hash()));
  }

  // ---- the fence ------------------------------------------------------------------------------

  @Test
  void entryOfAnotherTermIsPassedByOnEveryNode() {
    Replica other = open("other");
    takeAll(other, found(2), 0);
    byte[] held = proposal(batches.commit(3));
    for (Replica each : List.of(replica, other)) {
      String before = digest(each);
      ByteBuffer entry = Batches.entry(held);
      assertThat(each.apply(TERM + 2, 50, entry)).isEqualTo(Outcome.FENCED);
      assertThat(digest(each)).isEqualTo(before);
      assertThat(at(each).index()).isEqualTo(50);
    }
    byte[] next = Proposal.after(at(replica), TERM + 2, batches.commit(4)).bytes();
    assertThat(replica.apply(TERM + 2, 51, Batches.entry(next))).isEqualTo(Outcome.APPLIED);
    assertThat(at(replica).seq()).isEqualTo(1);
  }

  @Test
  void entryAfterOneThatWasLostIsPassedByAndSoIsOneThatComesTwice() {
    found(2);
    Applied last = at(replica);
    Proposal lost = Proposal.after(last, TERM, batches.commit(3));
    Applied unseen = lost.applied(last, TERM, 60);
    byte[] next = Proposal.after(unseen, TERM, batches.commit(4)).bytes();
    assertThat(apply(replica, 60, next)).isEqualTo(Outcome.FENCED);
    assertThat(apply(replica, 61, lost.bytes())).isEqualTo(Outcome.APPLIED);
    assertThat(apply(replica, 62, lost.bytes())).isEqualTo(Outcome.FENCED);
    assertThat(apply(replica, 63, next)).isEqualTo(Outcome.APPLIED);
    replica.close();
    assertThat(single("replica", WrittenStore::check)).isEqualTo(4);
  }

  @Test
  void storeThatWentAnotherWayTakesNothingAnyMore() {
    found(2);
    Applied last = at(replica);
    Applied elsewhere = new Applied(last.term(), last.index(), last.seq(), last.hash() + 1);
    byte[] next = Proposal.after(elsewhere, TERM, batches.commit(3)).bytes();
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> apply(replica, 60, next))
          .isInstanceOf(UnappliableEntryException.class)
          .hasMessage(
              "the entry 60 of term 3 cannot be applied: this node has not applied the"
                  + " entries that the leader had applied before it");
    }
    byte[] right = proposal(batches.commit(3));
    assertThatThrownBy(() -> apply(replica, 61, right))
        .isInstanceOf(UnappliableEntryException.class);
    assertThat(replica.applied()).isEqualTo(last);
  }

  @Test
  void entryThatThisVersionCannotReadStopsTheNode() {
    found(1);
    byte[] newer = proposal(batches.commit(2));
    newer[0] = 2;
    assertThatThrownBy(() -> apply(replica, 60, newer))
        .isInstanceOf(UnappliableEntryException.class)
        .hasMessageContaining(
            "form 2, this ppMQ reads forms up to 1: install the version here that");
    Replica other = open("other");
    byte[] unknown = {0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 99, 1, 2};
    byte[] cut = Proposal.after(Applied.NOTHING, TERM, unknown).bytes();
    assertThatThrownBy(() -> apply(other, 0, cut)).isInstanceOf(UnappliableEntryException.class);
    assertThatThrownBy(() -> apply(open("third"), 0, new byte[0]))
        .isInstanceOf(UnappliableEntryException.class);
  }

  // ---- all of it ------------------------------------------------------------------------------

  @Test
  void checkpointIsExactAndTakesThePlaceOfAnOlderCopy() throws IOException {
    Replica other = open("other");
    List<byte[]> log = found(30);
    takeAll(other, log.subList(0, 5), 0);
    replica.pass(TERM, 99);
    Path checkpoint = directory.resolve("checkpoint");
    Applied at = replica.checkpoint(checkpoint);
    assertThat(at).isEqualTo(replica.applied()).extracting(Applied::index).isEqualTo(99L);
    String digest = digest(replica);
    byte[] after = proposal(batches.commit(31));
    apply(replica, 100, after);

    other.replaceBy(checkpoint);
    Directories.deleteAll(checkpoint);
    assertThat(other.applied()).isEqualTo(at);
    assertThat(digest(other)).isEqualTo(digest);
    assertThat(apply(other, 100, after)).isEqualTo(Outcome.APPLIED);
    other.sync();
    other.reclaim();
    other.close();
    other = open("other");
    assertThat(digest(other)).isEqualTo(digest(replica));
    other.close();
    assertThat(single("other", WrittenStore::check)).isEqualTo(31);
  }

  @Test
  void emptyReplicaGoesOnFromACheckpoint() {
    found(3);
    replica.checkpoint(directory.resolve("checkpoint"));
    Replica other = open("other");
    other.replaceBy(directory.resolve("checkpoint"));
    assertThat(digest(other)).isEqualTo(digest(replica));
    assertThat(other.applied()).isEqualTo(replica.applied());
  }

  @Test
  void checkpointIsInPlaceAfterADeathInTheMiddle() throws IOException {
    List<byte[]> log = found(30);
    replica.checkpoint(directory.resolve("checkpoint"));
    Replica other = open("other");
    takeAll(other, log.subList(0, 5), 0);
    other.close();
    Path data = directory.resolve("other");
    new Installation(data).gather(directory.resolve("checkpoint"));
    Files.delete(data.resolve("CURRENT")); // interrupted here
    other = open("other");
    assertThat(digest(other)).isEqualTo(digest(replica));
    other.close();
    Files.createDirectory(data.resolve("ppmq.install.new")); // interrupted earlier
    assertThat(digest(open("other"))).isEqualTo(digest(replica));
    try (var files = Files.list(data)) {
      assertThat(files).noneMatch(file -> file.toString().contains("install"));
    }
  }

  @Test
  void checkpointOfAnotherClusterOrFromBeforeIsRefused() {
    List<byte[]> log = found(10);
    Path older = directory.resolve("older");
    replica.checkpoint(older);
    apply(replica, log.size(), proposal(batches.commit(11)));
    Applied before = at(replica);
    assertThatThrownBy(() -> replica.replaceBy(older))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("ends with the entry 10 of the log, and DataPath");

    Replica stranger = open("stranger");
    apply(stranger, 900, stranger.founding(TERM, 1));
    Path foreign = directory.resolve("foreign");
    stranger.checkpoint(foreign);
    assertThatThrownBy(() -> replica.replaceBy(foreign))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("is of the store");
    assertThatThrownBy(() -> replica.replaceBy(directory.resolve("batches").resolve("none")))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("holds no checkpoint");
    assertThat(replica.applied()).isEqualTo(before);
    assertThatThrownBy(() -> open("empty").checkpoint(directory.resolve("c")))
        .isInstanceOf(StoreException.class);
  }

  @Test
  void digestIsOfTheMomentWhenItWasBegunHoweverMuchComesAndIsReclaimedAfter() {
    List<byte[]> log = found(60);
    String before = digest(replica);
    try (ContentDigest digest = replica.digest()) {
      assertThat(digest.at()).isEqualTo(replica.applied());
      for (int n = 61; n < 200; n++) {
        apply(replica, log.size() + n, proposal(batches.commit(n)));
      }
      replica.sync();
      for (int pass = 0; pass < 3; pass++) {
        replica.reclaim();
      }
      assertThat(digest.compute()).isEqualTo(before);
    }
    assertThat(digest(replica)).isNotEqualTo(before);
  }

  /** A pass continues in files that another thread is about to close. */
  @Test
  void reclaimGoesOnWhileCheckpointsAreInstalledAndTheReplicaIsClosed() throws Exception {
    found(1);
    AtomicBoolean ends = new AtomicBoolean();
    CompletableFuture<Void> reclaiming =
        CompletableFuture.runAsync(
            () -> {
              while (!ends.get()) {
                replica.reclaim();
              }
            });
    for (int n = 2; n < 12; n++) {
      for (int i = 0; i < 20; i++) {
        int id = 100 * n + i;
        apply(replica, 50L * n + i, proposal(batches.of(s -> fill(s, id))));
      }
      Path checkpoint = directory.resolve("checkpoint" + n);
      replica.checkpoint(checkpoint);
      replica.replaceBy(checkpoint);
      assertThat(reclaiming).isNotDone();
    }
    ends.set(true);
    reclaiming.get(60, TimeUnit.SECONDS);
  }

  private static void fill(Store store, long id) {
    store.topic("large").append(0, RocksStoreTest.large(id, 50_000));
    store.topic("large").drop(0, 0, id);
  }

  @Test
  void digestThatIsOvertakenByACheckpointSaysSo() {
    found(3);
    ContentDigest digest = replica.digest();
    Path checkpoint = directory.resolve("checkpoint");
    replica.checkpoint(checkpoint);
    replica.replaceBy(checkpoint);
    assertThatThrownBy(digest::compute).isInstanceOf(IllegalStateException.class);
    digest.close();
    ContentDigest open = replica.digest();
    replica.close();
    open.close();
  }

  @Test
  void followerGivesTheDiskBackWhatWasDroppedInBatches() {
    List<byte[]> log = found(1);
    Path data = directory.resolve("replica");
    long most = 0;
    for (int n = 2; n < 300; n++) {
      long id = n * 10L;
      byte[] batch =
          batches.of(
              store -> {
                store.topic("large").append(0, RocksStoreTest.large(id, 200_000));
                store.topic("large").drop(0, 0, id);
              });
      apply(replica, log.size() + n, proposal(batch));
      if (n % 50 == 0) {
        most = Math.max(most, Directory.bytes(data, ""));
        replica.reclaim();
      }
    }
    for (int pass = 0; pass < 4; pass++) {
      replica.reclaim();
    }
    assertThat(Directory.bytes(data, "")).isLessThan(12L << 20).isLessThan(300 * 200_000L);
    assertThat(most).isGreaterThan(0);
  }

  // ---- a single machine's store ---------------------------------------------------------------

  @Test
  void clusterIsFoundedWithTheStoreOfASingleMachine() {
    batches.commit(1);
    batches.close();
    replica = open("batches");
    assertThat(replica.isFounded()).isTrue();
    assertThat(replica.applied()).isNull();
    replica.pass(1, 4);
    Path checkpoint = directory.resolve("checkpoint");
    replica.checkpoint(checkpoint);
    Replica other = open("other");
    other.replaceBy(checkpoint);
    assertThat(digest(other)).isEqualTo(digest(replica));
    other.close();
    assertThat(single("other", WrittenStore::check)).isEqualTo(1);
  }

  @Test
  void singleMachineRefusesACopyOfANodeUntilItIsReleased() throws IOException {
    found(2);
    Path data = directory.resolve("replica");
    Files.createFile(data.resolve(Replica.NODE_FILE));
    assertThatThrownBy(() -> Replica.release(data, warnings::add))
        .hasMessageContaining("already open");
    replica.close();
    assertThatThrownBy(() -> RocksStore.open(data, 1, warnings::add))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("belongs to a cluster");
    assertThat(single("replica", WrittenStore::check)).isEqualTo(2);
    replica = open("replica");
    assertThat(replica.applied()).as("it can not go on from where it was").isNull();
  }

  @Test
  void singleMachineTakesABackupOfANode() {
    found(2);
    replica.close();
    Path data = directory.resolve("replica");
    try (RocksStore store = RocksStore.open(data, 1, warnings::add)) {
      assertThat(WrittenStore.check(store)).isEqualTo(2);
    }
    replica = open("replica");
    assertThat(replica.applied()).as("it can not go on from where it was").isNull();
  }

  @Test
  void closedReplicaRefusesEveryCall() {
    replica.close();
    replica.close();
    assertThatThrownBy(() -> replica.sync()).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> replica.reclaim()).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> apply(replica, 1, new byte[0]))
        .isInstanceOf(IllegalStateException.class);
  }

  // ---------------------------------------------------------------------------------------------

  /** Founds the replica and makes this many commits; returns the entries of the log. */
  private List<byte[]> found(int commits) {
    List<byte[]> log = new ArrayList<>();
    log.add(replica.founding(TERM, 1));
    apply(replica, 0, log.get(0));
    for (int n = 1; n <= commits; n++) {
      log.add(proposal(batches.commit(n)));
      assertThat(apply(replica, n, log.get(n))).isEqualTo(Outcome.APPLIED);
    }
    return log;
  }

  /** The next proposal of the leader. */
  private byte[] proposal(byte[] batch) {
    Applied last = replica.applied();
    return Proposal.after(last == null ? Applied.NOTHING : last, TERM, batch).bytes();
  }

  private static void takeAll(Replica to, List<byte[]> log, int from) {
    for (int index = from; index < log.size(); index++) {
      assertThat(apply(to, index, log.get(index))).isEqualTo(Outcome.APPLIED);
    }
  }

  private static Outcome apply(Replica to, long index, byte[] entry) {
    return to.apply(TERM, index, Batches.entry(entry));
  }

  private static Applied at(Replica of) {
    return Objects.requireNonNull(of.applied());
  }

  private static String digest(Replica of) {
    try (ContentDigest digest = of.digest()) {
      return digest.compute();
    }
  }

  /** The view of a single machine of a closed copy. */
  private long single(String name, ToLongFunction<RocksStore> look) {
    Path data = directory.resolve(name);
    Replica.release(data, warnings::add);
    try (RocksStore store = RocksStore.open(data, 1, warnings::add)) {
      return look.applyAsLong(store);
    }
  }
}
