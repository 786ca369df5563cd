package io.ppmq.cli;

/** Exit statuses, as the shell sees them. 65, 69 and 78 are those of sysexits.h. */
final class Status {
  static final int DONE = 0;
  static final int FAILED = 1;
  static final int USAGE = 2;
  static final int DAMAGED = 65;
  static final int UNREACHABLE = 69;
  static final int CONFIG = 78;

  /** Each with what it means. */
  static final String[][] MEANINGS = {
    {"0", "Done."},
    {"1", "Failed."},
    {"2", "Wrong usage."},
    {"65", "The store is damaged; 'ppmq repair' salvages what is readable."},
    {"69", "The broker is not reachable."},
    {"78", "Wrong configuration."}
  };

  private Status() {}
}
