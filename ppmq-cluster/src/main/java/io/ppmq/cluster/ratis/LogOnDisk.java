package io.ppmq.cluster.ratis;

import io.ppmq.cluster.ClusterException;
import io.ppmq.store.rocksdb.Applied;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.server.RaftServerConfigKeys.Log.CorruptionPolicy;
import org.apache.ratis.server.raftlog.segmented.LogSegment;
import org.apache.ratis.server.raftlog.segmented.LogSegmentPath;
import org.apache.ratis.util.SizeInBytes;
import org.jspecify.annotations.Nullable;

/**
 * The log on a member's disk, read before Ratis opens it: a node takes part only after other
 * members have compared its position with their memory.
 *
 * @param reached its position
 * @param members the peer ids of the group in this log; empty if unknown
 */
record LogOnDisk(Reached reached, List<String> members) {
  private static final Pattern SEGMENT = Pattern.compile("log_(?:inprogress_)?([0-9]+)(?:-.*)?");

  LogOnDisk {
    members = List.copyOf(members);
  }

  /**
   * Reads the log.
   *
   * @param directory the directory of the group
   * @param applied the position of the store beside it; null without a store
   * @throws ClusterException if the store is older than the log, or the log cannot be read
   */
  static LogOnDisk read(Path directory, @Nullable Applied applied) throws ClusterException {
    Path current = directory.resolve("current");
    long stored = applied == null ? -1 : applied.index();
    long last = stored;
    try {
      List<LogSegmentPath> segments = segments(current);
      if (!segments.isEmpty() && first(segments.get(0)) > stored + 1) {
        throw new ClusterException(
            "the store in DataPath is older than the log beside it: it has entry "
                + stored
                + ", and the log begins with entry "
                + first(segments.get(0))
                + "; empty DataPath, start this node, and admit it again with 'ppmq cluster"
                + " replace'");
      }
      if (!segments.isEmpty()) {
        last = Math.max(last, last(segments.get(segments.size() - 1)));
      }
      Long term = VoteFile.term(current);
      return new LogOnDisk(new Reached(term == null ? 0 : term, last), members(current));
    } catch (IOException | RuntimeException e) {
      throw new ClusterException("the cluster's log is damaged: " + e.getMessage(), e);
    }
  }

  /** The files of a log in order. */
  static List<LogSegmentPath> segments(Path current) throws IOException {
    try (Stream<Path> files = Files.list(current)) {
      return files
          .map(LogSegmentPath::matchLogSegment)
          .filter(Objects::nonNull)
          .sorted(Comparator.comparing(LogSegmentPath::getStartEnd))
          .toList();
    }
  }

  private static long first(LogSegmentPath segment) {
    Matcher name = SEGMENT.matcher(String.valueOf(segment.getPath().getFileName()));
    if (!name.matches()) {
      throw new IllegalArgumentException("no file of a log: " + segment.getPath());
    }
    return Long.parseLong(name.group(1));
  }

  private static long last(LogSegmentPath segment) throws IOException {
    long[] last = {first(segment) - 1};
    LogSegment.readSegmentFile(
        segment.getPath().toFile(),
        segment.getStartEnd(),
        SizeInBytes.valueOf(Engine.ENTRY_BYTES_MAX),
        CorruptionPolicy.WARN_AND_RETURN, // the end of the file may be torn
        null,
        entry -> last[0] = entry.getIndex());
    return last[0];
  }

  private static List<String> members(Path current) throws IOException {
    Path file = current.resolve("raft-meta.conf");
    if (!Files.exists(file)) {
      return List.of();
    }
    try (InputStream in = Files.newInputStream(file)) {
      return LogEntryProto.parseFrom(in).getConfigurationEntry().getPeersList().stream()
          .map(peer -> peer.getId().toStringUtf8())
          .toList();
    }
  }
}
