package io.ppmq.cluster.ratis;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The last heard positions of the other members' disks. A node votes and answers according to the
 * position that its disk has reached. If an older copy replaces a disk, its position is lower; the
 * node would break its promises, and must not take part again.
 *
 * <p>In memory the positions are exact to half an election timeout; in the file {@code ppmq.disks},
 * for the next start, to some seconds. The file has a line for each disk, with its peer id, term
 * and index. Any thread.
 */
final class DiskMemory {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");
  private static final String FILE = "ppmq.disks";
  private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final Path file;
  private final Map<String, Reached> disks = new TreeMap<>();

  /** The process that last reported the position of a disk. */
  private final Map<String, Long> boots = new HashMap<>();

  private boolean changed;
  private long keptNanos = System.nanoTime() - PAUSE_NANOS;

  /** Reads the file of an earlier process. */
  DiskMemory(Path dataPath) {
    file = dataPath.resolve(FILE);
    try {
      if (Files.exists(file)) {
        Files.readAllLines(file).forEach(this::read);
      }
    } catch (IOException e) {
      LOG.warn("{} cannot be read: what other nodes had is not known: {}", file, e.getMessage());
    }
  }

  private void read(String line) {
    String[] words = line.split(" ", -1);
    try {
      disks.put(words[0], new Reached(Long.parseLong(words[1]), Long.parseLong(words[2])));
    } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
      LOG.warn("{} has a line that is damaged", file);
    }
  }

  /**
   * A member reports its position.
   *
   * @throws OlderDiskException if it had reached a later one
   */
  synchronized void heard(NodeReport report) throws OlderDiskException {
    String disk = NodeIdentity.peerId(report.node(), report.disk()).toString();
    Reached has = report.kept();
    if (has == null) {
      return;
    }
    Reached before = disks.getOrDefault(disk, Reached.NOTHING);
    Long boot = boots.get(disk);
    if (has.isBehind(before)) {
      if (boot != null && boot == report.boot()) {
        return; // an older report that arrives late, for example after a pause of this process
      }
      throw new OlderDiskException(report.node(), has, before);
    }
    boots.put(disk, report.boot());
    // Uncommitted entries may be replaced by those of another leader.
    Reached next = before.or(new Reached(has.term(), Math.min(has.index(), report.committed())));
    if (!next.equals(before)) {
      disks.put(disk, next);
      changed = true;
    }
  }

  /** Saves the positions for the next start, now and then. Blocks for the disk. */
  synchronized void keepNowAndThen(Collection<String> members) {
    if (changed && System.nanoTime() - keptNanos > PAUSE_NANOS) {
      keep(members);
    }
  }

  /** Saves the positions of these members. Blocks for the disk. */
  synchronized void keep(Collection<String> members) {
    keptNanos = System.nanoTime();
    disks.keySet().retainAll(members);
    boots.keySet().retainAll(members);
    StringBuilder lines = new StringBuilder();
    disks.forEach(
        (disk, reached) ->
            lines
                .append(disk)
                .append(' ')
                .append(reached.term())
                .append(' ')
                .append(reached.index())
                .append('\n'));
    try {
      KeptFile.write(file, lines.toString());
      changed = false;
    } catch (IOException e) {
      LOG.debug("{} could not be written", file, e); // the fault of the disk is logged elsewhere
    }
  }
}
