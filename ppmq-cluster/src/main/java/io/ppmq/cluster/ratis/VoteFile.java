package io.ppmq.cluster.ratis;

import io.ppmq.cluster.ClusterException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file in which Ratis keeps the term and the node's vote in it. On a full disk Ratis (3.3.0)
 * replaces it by an empty file, and then cannot start again.
 */
final class VoteFile {
  private static final String NAME = "raft-meta";
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");

  /**
   * More elections than are possible since the last applied entry, since each takes a second and a
   * majority. So the node has not voted in the new term, and cannot vote twice.
   */
  private static final long TERMS_AHEAD = 1_000_000;

  private VoteFile() {}

  /**
   * Replaces an empty file by one with a term in which this node cannot have voted.
   *
   * @param directory the directory of the group
   * @param term the term of the last applied entry
   */
  static void mend(Path directory, long term) throws ClusterException {
    Path current = directory.resolve("current");
    Path file = current.resolve(NAME);
    try {
      if (Files.exists(file) && term(current) == null) {
        LOG.warn("the term was lost when the disk was full: this node goes on in a later one");
        KeptFile.write(file, "term=" + (term + TERMS_AHEAD) + "\nvotedFor=\n");
      }
    } catch (IOException | IllegalArgumentException e) {
      throw new ClusterException("the cluster's log is damaged: " + e.getMessage(), e);
    }
  }

  /**
   * The term in the file; null if it has none.
   *
   * @param current the directory of the log
   */
  static @Nullable Long term(Path current) throws IOException {
    Properties properties = new Properties();
    try (InputStream in = Files.newInputStream(current.resolve(NAME))) {
      properties.load(in);
    }
    String term = properties.getProperty("term");
    return term == null ? null : Long.valueOf(term);
  }
}
