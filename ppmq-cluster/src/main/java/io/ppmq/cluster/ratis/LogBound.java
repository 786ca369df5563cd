package io.ppmq.cluster.ratis;

import io.ppmq.cluster.ClusterSettings;
import io.ppmq.store.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.ratis.proto.RaftProtos.CommitInfoProto;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes entries from the log: those that all members have, and more beyond {@link #BYTES_MAX};
 * members that are behind or down get a checkpoint instead. One thread.
 *
 * <p>Ratis by itself would do the first, but remove one entry too many. If a leader's log begins
 * right after the last entry of a member, the leader cannot send the entry before its own first
 * one: Ratis 3.3.0 makes the member fetch a checkpoint, the member answers that it has that
 * position already, and so on for ever.
 */
final class LogBound {
  /** The current file, and the entries between two checks, come on top of it. */
  static final long BYTES_MAX = 64L << 20;

  /** The number of entries after which the applied ones are synced to the disk. */
  private static final long KEEP_ENTRIES = 1024;

  private static final Logger LOG = LoggerFactory.getLogger("ppmq");
  private static final Pattern CLOSED = Pattern.compile("log_([0-9]+)-([0-9]+)");

  private final ClusterSettings settings;
  private final RaftNode raft;
  private final QueueMachine machine;

  LogBound(ClusterSettings settings, RaftNode raft, QueueMachine machine) {
    this.settings = settings;
    this.raft = raft;
    this.machine = machine;
  }

  /** A finished file of the log. */
  record Closed(long first, long last, long bytes) {
    static @Nullable Closed of(Path file) {
      Matcher name = CLOSED.matcher(String.valueOf(file.getFileName()));
      try {
        return name.matches()
            ? new Closed(
                Long.parseLong(name.group(1)), Long.parseLong(name.group(2)), Files.size(file))
            : null;
      } catch (IOException removedMeanwhile) {
        return null;
      }
    }
  }

  /** Removes the entries that are no longer needed. Blocks for the disk. */
  void look() {
    RaftServer.Division division = raft.division();
    UUID group = raft.identity().group();
    if (division == null || group == null) {
      return;
    }
    Path current =
        Engine.directory(settings.dataPath()).resolve(group.toString()).resolve("current");
    try (Stream<Path> files = Files.list(current)) {
      List<Closed> closed = files.map(Closed::of).filter(Objects::nonNull).toList();
      Collection<Long> known = known(division);
      RaftLog log = division.getRaftLog();
      long tooMuch = beyond(closed, last -> mayBeTheLastOfSomebody(last, known, log));
      long upTo = Math.max(tooMuch, known.stream().reduce(Long::min).orElse(0L) - 1);
      if (machine.getLastAppliedTermIndex().getIndex() - machine.keptIndex() >= KEEP_ENTRIES
          || tooMuch > machine.keptIndex()) {
        machine.keep();
      }
      upTo = Math.min(upTo, machine.keptIndex());
      if (upTo >= log.getStartIndex()) {
        CompletableFuture<?> unused = log.purge(upTo);
      }
    } catch (IOException | StoreException e) {
      LOG.debug("no entries could be let go of", e);
    }
  }

  /** The index up to which each member is known to have all entries; -1 if unknown. */
  private static Collection<Long> known(RaftServer.Division division) {
    Map<String, Long> known = new HashMap<>();
    division.getRaftConf().getCurrentPeers().forEach(p -> known.put(p.getId().toString(), -1L));
    for (CommitInfoProto info : division.getCommitInfos()) {
      String peer = info.getServer().getId().toStringUtf8();
      known.computeIfPresent(peer, (p, before) -> info.getCommitIndex());
    }
    return known.values();
  }

  /**
   * Whether the log of a member may end with this entry: by its last report, or because the entries
   * of the next leader begin after it.
   */
  private static boolean mayBeTheLastOfSomebody(long index, Collection<Long> known, RaftLog log) {
    TermIndex at = log.getTermIndex(index);
    TermIndex next = log.getTermIndex(index + 1);
    return known.contains(index) || at == null || next == null || at.getTerm() != next.getTerm();
  }

  /**
   * The last entry of the surplus files; -1 if there are none. The rest may be one file more or
   * less than the bound, so that it does not begin after an entry that may be the last of a member.
   */
  static long beyond(List<Closed> files, LongPredicate mayBeLast) {
    long bytes = files.stream().mapToLong(Closed::bytes).sum();
    long upTo = -1;
    boolean good = true;
    for (Closed file : files.stream().sorted(Comparator.comparing(Closed::first)).toList()) {
      if (bytes <= BYTES_MAX && good) {
        break;
      }
      bytes -= file.bytes();
      good = !mayBeLast.test(file.last());
      if (good) {
        upTo = file.last();
      }
    }
    return upTo;
  }
}
