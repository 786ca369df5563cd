package io.ppmq.cli.option;

import io.ppmq.cli.output.Failure;
import io.ppmq.cli.output.Status;

/** The bounds of numbers on the command line: a number outside is wrong usage. */
public final class Bounds {
  private Bounds() {}

  /** Refuses a number below {@code min}. */
  public static void atLeast(String option, long min, long number) throws Failure {
    if (number < min) {
      throw new Failure(
          Status.USAGE, "%s must be at least %d, and is %d".formatted(option, min, number));
    }
  }

  /** Refuses a number that is not within these bounds. */
  public static void within(String option, long min, long max, long number) throws Failure {
    if (number < min || number > max) {
      throw new Failure(
          Status.USAGE, "%s must be from %d to %d, and is %d".formatted(option, min, max, number));
    }
  }
}
