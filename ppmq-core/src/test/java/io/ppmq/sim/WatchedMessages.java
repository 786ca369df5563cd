package io.ppmq.sim;

import io.ppmq.message.Message;
import java.util.AbstractList;
import java.util.Iterator;
import java.util.List;

/**
 * The messages of a submission, which tell when a topic takes them: the writer may hold a
 * submission back, or refuse it, and that moment is the only one at which it is known to be
 * applied.
 */
final class WatchedMessages extends AbstractList<Message> {
  private final List<Message> messages;
  private final Runnable taken;
  private boolean told;

  WatchedMessages(List<Message> messages, Runnable taken) {
    this.messages = messages;
    this.taken = taken;
  }

  @Override
  public Iterator<Message> iterator() {
    if (!told) {
      told = true;
      taken.run();
    }
    return messages.iterator();
  }

  @Override
  public Message get(int index) {
    return messages.get(index);
  }

  @Override
  public int size() {
    return messages.size();
  }
}
