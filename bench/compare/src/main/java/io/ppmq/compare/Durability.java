package io.ppmq.compare;

/** What a confirm promises; only contestants of one class are compared. */
enum Durability {
  /** What is confirmed is on the disk. */
  SYNCED("synced before the confirm"),

  /** What is confirmed is on the disk within a second or so. */
  WITHIN_A_SECOND("synced within a second");

  private final String words;

  Durability(String words) {
    this.words = words;
  }

  String words() {
    return words;
  }
}
