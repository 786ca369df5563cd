package io.ppmq.topic;

/** Where ids come from: one rising sequence for all topics, none of which ever comes twice. */
@FunctionalInterface
public interface Ids {
  /** Takes {@code count} consecutive ids, at least 1, and returns the first. */
  long take(int count);
}
