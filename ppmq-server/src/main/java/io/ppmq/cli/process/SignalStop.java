package io.ppmq.cli.process;

import io.ppmq.cli.output.Status;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The action when SIGTERM or SIGINT asks the process to end. The process then ends with status 0
 * (the JVM by itself ends with 143 or 130), or with 1 if the action took too long.
 */
public final class SignalStop implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");
  private static final long MILLIS_MAX = 4500;

  /** The action; an exception makes the status 1. */
  @FunctionalInterface
  public interface Action {
    void run() throws Exception;
  }

  private final Action action;
  private final Thread hook = new Thread(this::end, "ppmq-ending");
  private final CountDownLatch done = new CountDownLatch(1);
  private volatile int status = Status.FAILED;

  private SignalStop(Action action) {
    this.action = action;
  }

  /** Runs {@code action} on another thread if a signal arrives before {@link #close}. */
  public static SignalStop onSignal(Action action) {
    SignalStop ending = new SignalStop(action);
    Runtime.getRuntime().addShutdownHook(ending.hook);
    return ending;
  }

  private void end() {
    Thread worker = new Thread(this::act, "ppmq-ending-action");
    worker.setDaemon(true);
    worker.start();
    try {
      if (!done.await(MILLIS_MAX, TimeUnit.MILLISECONDS)) {
        LOG.error("did not end within {} ms", MILLIS_MAX);
      }
    } catch (InterruptedException e) {
      LOG.error("interrupted while ending");
    }
    halt(status);
  }

  /** Ends the process after a last moment for logged lines to be written. */
  public static void halt(int status) {
    System.err.close();
    Runtime.getRuntime().halt(status);
  }

  private void act() {
    try {
      action.run();
      status = Status.DONE;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      LOG.error("did not end cleanly: {}", e.getMessage());
    } finally {
      done.countDown();
    }
  }

  /** The command has ended by itself: restores the former effect of the signals. */
  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      LOG.debug("a signal has come: the hook ends the process");
    }
  }
}
