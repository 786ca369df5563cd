package io.ppmq.topic;

/** The source of ids: one rising sequence for all topics. No id is used twice. */
@FunctionalInterface
public interface Ids {
  /** Takes {@code count} consecutive ids, at least 1, and returns the first. */
  long take(int count);
}
