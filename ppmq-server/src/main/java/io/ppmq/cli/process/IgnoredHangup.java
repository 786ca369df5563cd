package io.ppmq.cli.process;

/**
 * Stops ignoring SIGHUP. The launcher starts the JVM with the signal ignored, since the signal
 * would end a JVM that is starting. The JVM itself keeps it ignored; only another library can
 * change that ({@code src/main/c/hangup.c}).
 */
public final class IgnoredHangup {
  private IgnoredHangup() {}

  /**
   * SIGHUP has no effect from now on until a handler is set. If the library is missing, as after a
   * build without a C compiler, nothing changes; the launcher then does not ignore the signal.
   */
  public static void endIfPossible() {
    try {
      System.loadLibrary("ppmq-hangup");
      end();
    } catch (UnsatisfiedLinkError e) {
      return; // Signals reports whether the signal can be caught
    }
  }

  private static native void end();
}
