package io.ppmq.store.rocksdb;

/**
 * What a broker takes away that leads a cluster. Files are deleted of what was dropped, so that is
 * told by {@link BatchLosses} when the batch is applied: a commit that is under way may never come.
 */
final class GoneWhenApplied extends Gone {
  GoneWhenApplied(Reclaim reclaim) {
    super(reclaim);
  }

  @Override
  void dropped(int topic, int priority, long from, long to) {}
}
