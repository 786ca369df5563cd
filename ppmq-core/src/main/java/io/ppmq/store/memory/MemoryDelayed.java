package io.ppmq.store.memory;

import io.ppmq.store.DelayedMessage;
import io.ppmq.store.DelayedMessages;
import io.ppmq.store.Delays;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** The delayed messages of a {@link MemoryTopic}, in their stored form. */
final class MemoryDelayed implements DelayedMessages {
  /** The position of a delayed message. */
  private record Moment(long atMillis, long id) implements Comparable<Moment> {
    static Moment of(DelayedMessage message) {
      return new Moment(message.atMillis(), message.id());
    }

    @Override
    public int compareTo(Moment other) {
      int byMoment = Long.compare(atMillis, other.atMillis);
      return byMoment != 0 ? byMoment : Long.compare(id, other.id);
    }
  }

  private final MemoryStore store;
  private final NavigableMap<Moment, byte[]> messages = new TreeMap<>();
  private long bytes;
  private boolean written;

  MemoryDelayed(MemoryStore store) {
    this.store = store;
  }

  /** Whether any message was ever delayed here. */
  boolean wasWritten() {
    return written;
  }

  @Override
  public void add(DelayedMessage message) {
    store.changed();
    written = true;
    messages.put(Moment.of(message), message.toBytes());
    bytes += message.payload().length();
  }

  @Override
  public List<DelayedMessage> due(long nowMillis, int max, long bytesMax) {
    store.checkOpen();
    return read(messages.headMap(new Moment(nowMillis, Long.MAX_VALUE), true), max, bytesMax);
  }

  @Override
  public List<DelayedMessage> from(long fromMillis, long fromId, int max, long bytesMax) {
    store.checkOpen();
    return read(messages.tailMap(new Moment(fromMillis, fromId), true), max, bytesMax);
  }

  private static List<DelayedMessage> read(Map<Moment, byte[]> range, int max, long bytesMax) {
    List<DelayedMessage> read = new ArrayList<>();
    long readBytes = 0;
    for (Map.Entry<Moment, byte[]> each : range.entrySet()) {
      if (read.size() == max || (readBytes >= bytesMax && !read.isEmpty())) {
        break;
      }
      Moment moment = each.getKey();
      DelayedMessage message = DelayedMessage.of(moment.atMillis, moment.id, each.getValue());
      read.add(message);
      readBytes += message.payload().length();
    }
    return read;
  }

  @Override
  public void remove(DelayedMessage message) {
    store.changed();
    messages.remove(Moment.of(message));
    bytes -= message.payload().length();
  }

  @Override
  public void clear() {
    store.changed();
    messages.clear();
    bytes = 0;
  }

  @Override
  public Delays delays() {
    return messages.isEmpty()
        ? Delays.NONE
        : new Delays(messages.size(), bytes, messages.firstKey().atMillis);
  }
}
