package io.ppmq.client;

/**
 * The topic has no room now; it may have room later, when its subscribers have acknowledged. Code
 * {@code topic-full}. A topic that blocks when it is full refuses only messages that come on the
 * connection of a subscriber.
 */
public final class TopicFull extends Refused {
  private static final long serialVersionUID = 1;

  TopicFull(String code, String reason) {
    super(code, reason);
  }

  @Override
  public boolean isFinal() {
    return false;
  }
}
