package io.ppmq.store.rocksdb;

/**
 * The data that a broker removes while it leads a cluster. The files of dropped data are deleted,
 * so {@link BatchLosses} reports drops when the batch is applied: a commit that is under way may
 * never come.
 */
final class GoneWhenApplied extends Gone {
  GoneWhenApplied(Reclaim reclaim) {
    super(reclaim);
  }

  @Override
  void dropped(int topic, int priority, long from, long to) {}
}
