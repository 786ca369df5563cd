package io.ppmq.compare;

/** The promise of a confirm; only contestants of one class are compared. */
enum Durability {
  /** Confirmed messages are on the disk. */
  SYNCED("synced before the confirm"),

  /** Confirmed messages are on the disk within about a second. */
  WITHIN_A_SECOND("synced within a second");

  private final String words;

  Durability(String words) {
    this.words = words;
  }

  String words() {
    return words;
  }
}
