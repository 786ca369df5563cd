package io.ppmq.sim;

import io.ppmq.store.SharedCommits;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Commits that are proposed to the log of a simulated cluster. */
final class ClusterCommits implements SimSharing {
  /** The attempt of a broker none of whose commits may be kept. */
  private static final long NEVER = -1;

  private final SharedCommits commits;
  private final ClusterDisk disk;
  private final Leading leading;
  private Runnable told;
  private boolean underWay;
  private boolean atOnce;
  private boolean deposed;

  /**
   * Commits of one broker.
   *
   * @param commits the commits of its store
   * @param told the outcome of a commit was reported
   */
  ClusterCommits(
      @Nullable SharedCommits commits, ClusterDisk disk, Leading leading, Runnable told) {
    this.commits = Objects.requireNonNull(commits);
    this.disk = disk;
    this.leading = leading;
    this.told = told;
  }

  @Override
  public void begin(Consumer<@Nullable String> done) {
    if (underWay) {
      throw new Violation(
          Invariant.ONE_COMMIT_UNDER_WAY, "a commit begins while another one is under way");
    }
    underWay = true;
    if (!deposed) {
      disk.begun();
    }
    leading.nextIsOf(deposed ? NEVER : disk.nextAttempt() - 1);
    commits.begin(
        doubt -> {
          if (!atOnce) {
            told.run();
          }
          done.accept(doubt);
        });
    if (atOnce) {
      leading.completeAtOnce();
    }
  }

  @Override
  public void kept() {
    underWay = false;
    if (!deposed) {
      disk.heardOf(disk.nextAttempt() - 1);
    }
    commits.kept();
  }

  @Override
  public boolean isUnderWay() {
    return underWay;
  }

  @Override
  public void comeAtOnce() {
    atOnce = true;
    leading.completeAtOnce();
  }

  /** Another broker has replaced this one, which may not know it. */
  void depose(Runnable toldInstead) {
    deposed = true;
    told = toldInstead;
  }

  @Override
  public void close() {
    leading.end();
  }
}
