package io.ppmq.cli.process;

/**
 * The end of SIGHUP being ignored, which the launcher asks for: a JVM that is starting would end
 * with the signal, and one that was started so hears it only if another library than its own ends
 * that ({@code src/main/c/hangup.c}).
 */
public final class IgnoredHangup {
  private IgnoredHangup() {}

  /**
   * SIGHUP does nothing from now on, until a handler is set. Where the library is missing, as after
   * a build without a C compiler, everything stays as it is; the launcher does without it then.
   */
  public static void endIfPossible() {
    try {
      System.loadLibrary("ppmq-hangup");
      end();
    } catch (UnsatisfiedLinkError e) {
      return; // Signals tells whether the signal is heard
    }
  }

  private static native void end();
}
