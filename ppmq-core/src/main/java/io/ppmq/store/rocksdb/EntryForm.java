package io.ppmq.store.rocksdb;

/**
 * The form in which the entries of a cluster's log are written. While nodes of several versions are
 * members, as during every upgrade, the leader writes a form that all of them can read. A change of
 * the stored data of a broker is also a new form: a node stores the data of the leader, and has to
 * read it when it leads.
 */
public final class EntryForm {
  /** The form that every version reads. */
  public static final int FIRST = 1;

  private EntryForm() {}

  /** The newest that this version reads; it reads all before it. */
  public static int newest() {
    return 1;
  }
}
