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
 * Lets go of entries: those that all members have, and more beyond {@link #BYTES_MAX}; members that
 * are behind or down get a checkpoint instead. One thread.
 *
 * <p>Ratis would do the first by itself, and go one entry too far. A leader whose log begins right
 * behind the last entry of a member cannot send the entry before its own first: Ratis 3.3.0 has the
 * member fetch a checkpoint, the member answers that it has come that far already, and so on
 * without end.
 */
final class LogBound {
  /** The file that is written to comes on top of it, and the entries between two looks. */
  static final long BYTES_MAX = 64L << 20;

  /** After how many entries the applied entries are put on the disk. */
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

  /** A file of the log that is not written to any more. */
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

  /** Lets go of the entries that are not needed now. Blocks for the disk. */
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

  /** Up to where each member is known to have all entries; -1 where nothing is known. */
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
   * Whether the log of a member may end with this entry: by its last report, or because the next
   * leader's begin behind it.
   */
  private static boolean mayBeTheLastOfSomebody(long index, Collection<Long> known, RaftLog log) {
    TermIndex at = log.getTermIndex(index);
    TermIndex next = log.getTermIndex(index + 1);
    return known.contains(index) || at == null || next == null || at.getTerm() != next.getTerm();
  }

  /**
   * The last entry of the files that are too many; -1 without one. The rest may be one file more or
   * less than fits, so that it does not begin behind an entry that may be the last of a member.
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
