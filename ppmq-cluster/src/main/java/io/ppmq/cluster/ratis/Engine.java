package io.ppmq.cluster.ratis;

import io.ppmq.cluster.ClusterSettings;
import io.ppmq.store.SharedCommits;
import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.ratis.RaftConfigKeys;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.rpc.SupportedRpcType;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.util.ExitUtils;
import org.apache.ratis.util.SizeInBytes;
import org.apache.ratis.util.TimeDuration;

/** The settings of Ratis and the libraries under it, which keep them small and silent. */
final class Engine {
  /**
   * The largest entry. A commit holds the values that arrived during the commit before, and one
   * more value; the broker bounds them, with the data beside each message, by {@link
   * SharedCommits#VALUE_BYTES_MAX}.
   */
  static final int ENTRY_BYTES_MAX = 24 << 20;

  /** The directory of the log in the data path. */
  private static final String DIRECTORY = "ppmq.raft";

  private static final SizeInBytes SEGMENT = SizeInBytes.valueOf("8MB");
  private static final String NETTY = "org.apache.ratis.thirdparty.io.netty.";

  /** A strong reference, since a logger without one loses its level. */
  private static final Logger GRPC = Logger.getLogger("org.apache.ratis");

  private Engine() {}

  /**
   * Silences the libraries, which would log a stack trace for each attempt to reach a node that is
   * down, and keeps them from taking memory for each core. Called before the first of their classes
   * is loaded.
   */
  static void prepare() {
    ExitUtils.disableSystemExit();
    GRPC.setLevel(Level.OFF);
    set("org.slf4j.simpleLogger.log.org.apache.ratis", "off");
    set(NETTY + "transport.noNative", "true"); // it would be unpacked to /tmp
    set(NETTY + "handler.ssl.noOpenSsl", "true");
    set(NETTY + "eventLoopThreads", "2");
    set(NETTY + "allocator.numDirectArenas", "1");
    set(NETTY + "allocator.numHeapArenas", "1");
    set(NETTY + "allocator.maxOrder", "7"); // chunks of 1 MiB
    set(NETTY + "allocator.useCacheForAllThreads", "false");
    set(NETTY + "maxDirectMemory", "0"); // counted with the JVM's own
  }

  private static void set(String key, String value) {
    if (System.getProperty(key) == null) {
      System.setProperty(key, value);
    }
  }

  static Path directory(Path dataPath) {
    return dataPath.resolve(DIRECTORY);
  }

  static RaftProperties properties(ClusterSettings settings) {
    RaftProperties p = new RaftProperties();
    RaftConfigKeys.Rpc.setType(p, SupportedRpcType.GRPC);
    File directory = directory(settings.dataPath()).toFile();
    RaftServerConfigKeys.setStorageDir(p, List.of(directory));
    RaftServerConfigKeys.setRemovedGroupsDir(p, new File(directory, "removed"));
    times(p, settings.electionTimeout().toMillis());
    log(p);
    threads(p);
    GrpcConfigKeys.Server.setHost(p, settings.listen().host());
    GrpcConfigKeys.Server.setPort(p, settings.listen().port());
    GrpcConfigKeys.setMessageSizeMax(p, SizeInBytes.valueOf(ENTRY_BYTES_MAX + (4L << 20)));
    GrpcConfigKeys.Server.setLeaderOutstandingAppendsMax(
        p, 2); // each request may be as large as an entry
    return p;
  }

  private static void times(RaftProperties p, long election) {
    RaftServerConfigKeys.Rpc.setTimeoutMin(p, millis(election));
    RaftServerConfigKeys.Rpc.setTimeoutMax(p, millis(2 * election));
    RaftServerConfigKeys.Rpc.setRequestTimeout(p, millis(2 * election));
    RaftServerConfigKeys.Rpc.setSlownessTimeout(p, millis(Math.max(10_000, 10 * election)));
    // A recent leader may be the only node that can lead; by default it waits for ten seconds.
    RaftServerConfigKeys.LeaderElection.setLeaderStepDownWaitTime(p, millis(election));
    // A new member first gets the whole store, and its disk may be slow.
    RaftServerConfigKeys.setStagingTimeout(p, millis(Math.max(60_000, 2 * election)));
    // A process that was stopped for long continues; another node leads by then.
    RaftServerConfigKeys.setCloseThreshold(p, TimeDuration.valueOf(1, TimeUnit.DAYS));
    RaftServerConfigKeys.Log.Appender.setRetryPolicy(p, "10ms,10, 100ms,1000000");
    // Each proposal is made once, by this process.
    RaftServerConfigKeys.RetryCache.setExpiryTime(p, TimeDuration.valueOf(1, TimeUnit.SECONDS));
  }

  private static void log(RaftProperties p) {
    RaftServerConfigKeys.Log.setSegmentSizeMax(p, SEGMENT);
    RaftServerConfigKeys.Log.setPreallocatedSize(p, SizeInBytes.valueOf("1MB"));
    RaftServerConfigKeys.Log.setSegmentCacheNumMax(p, 2);
    RaftServerConfigKeys.Log.setSegmentCacheSizeMax(p, SEGMENT);
    RaftServerConfigKeys.Log.setWriteBufferSize(p, SizeInBytes.valueOf(ENTRY_BYTES_MAX + 1024L));
    RaftServerConfigKeys.Log.setQueueByteLimit(p, SizeInBytes.valueOf(2L * ENTRY_BYTES_MAX));
    RaftServerConfigKeys.Log.Appender.setBufferByteLimit(p, SizeInBytes.valueOf(ENTRY_BYTES_MAX));
    RaftServerConfigKeys.Log.Appender.setBufferElementLimit(p, 16);
    RaftServerConfigKeys.Write.setByteLimit(p, SizeInBytes.valueOf(2L * ENTRY_BYTES_MAX));
    // Ratis only notifies a node that is behind, which then asks for a checkpoint.
    RaftServerConfigKeys.Log.Appender.setInstallSnapshotEnabled(p, false);
    RaftServerConfigKeys.Snapshot.setAutoTriggerEnabled(p, false); // LogBound removes entries
    RaftServerConfigKeys.Log.setPurgeGap(p, 1);
    RaftServerConfigKeys.LeaderElection.setMemberMajorityAdd(p, true); // from one node to two
  }

  private static void threads(RaftProperties p) {
    GrpcConfigKeys.setUseEpoll(p, false);
    GrpcConfigKeys.Server.setBossGroupSize(p, 1);
    GrpcConfigKeys.Server.setWorkerGroupSize(p, 2);
    GrpcConfigKeys.Client.setWorkerGroupSize(p, 1);
    GrpcConfigKeys.Server.setAsyncRequestThreadPoolSize(p, 4);
    RaftServerConfigKeys.ThreadPool.setClientSize(p, 4);
    RaftServerConfigKeys.ThreadPool.setServerSize(p, 8);
    RaftServerConfigKeys.ThreadPool.setProxySize(p, 4);
  }

  private static TimeDuration millis(long millis) {
    return TimeDuration.valueOf(millis, TimeUnit.MILLISECONDS);
  }
}
