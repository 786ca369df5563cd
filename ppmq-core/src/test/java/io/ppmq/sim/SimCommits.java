package io.ppmq.sim;

import java.util.Random;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Commits that other machines keep too. Each ends at once, late, or very late; or its outcome is
 * unknown until the next broker.
 */
final class SimCommits implements SimSharing {
  private static final long MILLIS = 1_000_000L;

  private final SimDisk disk;
  private final Faults faults;
  private final Agenda agenda;
  private final Random random;
  private final Runnable written;
  private final Runnable told;
  private @Nullable Consumer<@Nullable String> underWay;
  private boolean ended;
  private boolean atOnce;
  private boolean closed;

  /**
   * Commits of one broker.
   *
   * @param written everything written so far is in no later commit
   * @param told the outcome of a commit was reported
   */
  SimCommits(
      SimDisk disk, Faults faults, Agenda agenda, Random random, Runnable written, Runnable told) {
    this.disk = disk;
    this.faults = faults;
    this.agenda = agenda;
    this.random = random;
    this.written = written;
    this.told = told;
  }

  @Override
  public void begin(Consumer<@Nullable String> done) {
    if (underWay != null) {
      throw new Violation(
          Invariant.ONE_COMMIT_UNDER_WAY, "a commit begins while another one is under way");
    }
    written.run();
    disk.begun();
    underWay = done;
    ended = false;
    if (faults.commitFails()) {
      agenda.in(millis(50), () -> end(done, "another machine leads"));
      return;
    }
    int draw = random.nextInt(100);
    if (atOnce || draw < 25) {
      end(done, null);
    } else {
      agenda.in(millis(draw < 75 ? 5 : draw < 98 ? 60 : 2_000), () -> end(done, null));
    }
  }

  private long millis(int max) {
    return 1 + (long) (random.nextDouble() * max * MILLIS);
  }

  private void end(Consumer<@Nullable String> done, @Nullable String doubt) {
    if (closed || ended || underWay != done) {
      return; // its broker is gone, or it had to end at once after all
    }
    ended = true;
    if (doubt == null) {
      disk.begunIsKept();
    }
    if (!atOnce) {
      told.run();
    }
    done.accept(doubt);
  }

  @Override
  public void kept() {
    underWay = null;
  }

  @Override
  public boolean isUnderWay() {
    return underWay != null;
  }

  @Override
  public void comeAtOnce() {
    Consumer<@Nullable String> pending = underWay;
    atOnce = true;
    if (pending != null) {
      end(pending, null);
    }
  }

  @Override
  public void close() {
    closed = true;
  }
}
