package io.ppmq.cluster.ratis;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.ppmq.cluster.ClusterException;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Properties;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file in which Ratis keeps the term and whom this node voted for in it. Where the disk is full
 * Ratis (3.3.0) puts an empty one in its place, and does not start with that again.
 */
final class VoteFile {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");

  /**
   * More elections than there can have been since the last entry that was applied: each takes a
   * second, and a majority. So the node has voted in no term from there on, and does not vote
   * twice.
   */
  private static final long TERMS_AHEAD = 1_000_000;

  private VoteFile() {}

  /**
   * Makes the file anew where it is empty, with a term in which this node cannot have voted.
   *
   * @param directory of the group
   * @param term of the last entry that was applied
   */
  static void mend(Path directory, long term) throws ClusterException {
    Path file = directory.resolve("current").resolve("raft-meta");
    try {
      if (Files.exists(file) && !hasTerm(file)) {
        make(file, term + TERMS_AHEAD);
      }
    } catch (IOException | IllegalArgumentException e) {
      throw new ClusterException("the cluster's log is damaged: " + e.getMessage(), e);
    }
  }

  private static void make(Path file, long term) throws IOException {
    LOG.warn("the term was lost when the disk was full: this node goes on in a later one");
    Path fresh = file.resolveSibling("raft-meta.new");
    String text = "term=" + term + "\nvotedFor=\n";
    try (FileChannel out =
        FileChannel.open(
            fresh,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer bytes = UTF_8.encode(text);
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
      out.force(true);
    }
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private static boolean hasTerm(Path file) throws IOException {
    Properties properties = new Properties();
    properties.load(new StringReader(Files.readString(file)));
    return properties.getProperty("term") != null;
  }
}
