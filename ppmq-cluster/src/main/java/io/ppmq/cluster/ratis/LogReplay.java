package io.ppmq.cluster.ratis;

import io.ppmq.store.rocksdb.Replica;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.server.RaftServerConfigKeys.Log.CorruptionPolicy;
import org.apache.ratis.server.raftlog.segmented.LogSegment;
import org.apache.ratis.server.raftlog.segmented.LogSegmentPath;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.util.SizeInBytes;

/**
 * Applies all entries in the log of a stopped node. Whether a majority had the last entries is no
 * longer known; there are confirmed entries among them.
 */
final class LogReplay {
  private LogReplay() {}

  static void into(Replica replica, Path groupDirectory) throws IOException {
    for (LogSegmentPath segment : LogOnDisk.segments(groupDirectory.resolve("current"))) {
      LogSegment.readSegmentFile(
          segment.getPath().toFile(),
          segment.getStartEnd(),
          SizeInBytes.valueOf(Engine.ENTRY_BYTES_MAX),
          CorruptionPolicy.WARN_AND_RETURN, // the end of the last file may be torn
          null,
          entry -> apply(replica, entry));
    }
  }

  private static void apply(Replica replica, LogEntryProto entry) {
    ByteString data = entry.getStateMachineLogEntry().getLogData();
    if (data.isEmpty() || data.byteAt(0) == QueueMachine.DIGEST_ENTRY) {
      replica.pass(entry.getTerm(), entry.getIndex());
    } else {
      replica.apply(entry.getTerm(), entry.getIndex(), data.asReadOnlyByteBuffer());
    }
  }
}
