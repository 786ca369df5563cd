package io.ppmq.cli.conformance;

/** The peer has failed a step; the message is a sentence that says how. */
final class Broken extends Exception {
  private static final long serialVersionUID = 1L;

  Broken(String sentence) {
    super(sentence, null, false, false);
  }

  static void unless(boolean holds, String sentence) throws Broken {
    if (!holds) {
      throw new Broken(sentence);
    }
  }
}
