package io.ppmq.cluster.ratis;

import io.ppmq.cluster.ClusterSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.SnapshotManagementRequest;
import org.apache.ratis.server.RaftServer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Bounds what the log takes on the disk. Ratis lets go by itself of what all members have, and
 * keeps the rest for those that are behind or down; beyond this many bytes they get a checkpoint.
 * One thread.
 */
final class LogBound {
  /** Beside it there are the file that is written to, and what comes between two looks. */
  static final long BYTES_MAX = 64L << 20;

  private static final Logger LOG = LoggerFactory.getLogger("ppmq");
  private static final Pattern CLOSED = Pattern.compile("log_([0-9]+)-([0-9]+)");
  private static final long SNAPSHOT_MILLIS = 10_000;

  private final ClusterSettings settings;
  private final RaftNode raft;
  private final QueueMachine machine;
  private final ClientId client = ClientId.randomId();
  private @Nullable CompletableFuture<?> snapshot;
  private long calls;

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

  /** Lets go of the oldest files beyond the bound, when what they say is on the disk elsewhere. */
  void look() {
    RaftServer.Division division = raft.division();
    UUID group = raft.identity().group();
    if (division == null || group == null) {
      return;
    }
    Path current =
        Engine.directory(settings.dataPath()).resolve(group.toString()).resolve("current");
    try (Stream<Path> files = Files.list(current)) {
      long upTo = beyond(files.map(Closed::of).filter(Objects::nonNull).toList());
      if (upTo < 0) {
        return;
      }
      if (upTo <= machine.keptIndex()) {
        CompletableFuture<?> unused = division.getRaftLog().purge(upTo);
      } else {
        takeSnapshot(division);
      }
    } catch (IOException e) {
      LOG.debug("the log could not be looked at", e);
    }
  }

  /** The last entry that is one too many; -1 without one. */
  static long beyond(List<Closed> files) {
    long bytes = files.stream().mapToLong(Closed::bytes).sum();
    long upTo = -1;
    for (Closed file : files.stream().sorted(Comparator.comparing(Closed::first)).toList()) {
      if (bytes <= BYTES_MAX) {
        break;
      }
      bytes -= file.bytes();
      upTo = file.last();
    }
    return upTo;
  }

  private void takeSnapshot(RaftServer.Division division) throws IOException {
    if (snapshot == null || snapshot.isDone()) {
      snapshot =
          division
              .getRaftServer()
              .snapshotManagementAsync(
                  SnapshotManagementRequest.newCreate(
                      client,
                      division.getId(),
                      division.getMemberId().getGroupId(),
                      ++calls,
                      SNAPSHOT_MILLIS));
    }
  }
}
