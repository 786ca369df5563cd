package io.ppmq.client;

/**
 * The broker understood the value and refused it. Nothing of it was carried out, unless the disk
 * failed under it: then the message says that the broker does not know, in one of the three
 * sentences that PROTOCOL.md names, and it may take effect all the same. The message is the
 * broker's own sentence. Sending the same again is refused again, unless what the sentence names
 * has changed meanwhile, such as a full disk or a topic at its bound.
 */
public final class Refused extends Exception {
  private static final long serialVersionUID = 1;

  Refused(String reason) {
    super(reason);
  }
}
