package io.ppmq.cli.output;

import java.util.List;

/** Exit statuses, as the shell sees them. 65, 69 and 78 are those of sysexits.h. */
public final class Status {
  public static final int DONE = 0;
  public static final int FAILED = 1;
  public static final int USAGE = 2;
  public static final int DAMAGED = 65;
  public static final int UNREACHABLE = 69;
  public static final int CONFIG = 78;

  private static final String[][] MEANINGS = {
    {"0", "Done."},
    {"1", "Failed."},
    {"2", "Wrong usage."},
    {"65", "The store is damaged; 'ppmq repair' recovers the readable messages."},
    {"69", "The broker is not reachable."},
    {"78", "Wrong configuration."}
  };

  private Status() {}

  /** Each status with its meaning, in ascending order. */
  public static List<String[]> meanings() {
    return List.of(MEANINGS);
  }
}
