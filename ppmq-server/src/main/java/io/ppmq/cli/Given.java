package io.ppmq.cli;

/** What must hold of a number that was given on the command line: else it is wrong usage. */
final class Given {
  private Given() {}

  /** Refuses a number below {@code min}. */
  static void atLeast(String option, long min, long number) throws Failure {
    if (number < min) {
      throw new Failure(
          Status.USAGE, "%s must be at least %d, and is %d".formatted(option, min, number));
    }
  }

  /** Refuses a number that is not within these bounds. */
  static void within(String option, long min, long max, long number) throws Failure {
    if (number < min || number > max) {
      throw new Failure(
          Status.USAGE, "%s must be from %d to %d, and is %d".formatted(option, min, max, number));
    }
  }
}
