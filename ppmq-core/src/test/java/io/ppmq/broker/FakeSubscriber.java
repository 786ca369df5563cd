package io.ppmq.broker;

import io.ppmq.broker.port.Sender;
import io.ppmq.message.Bytes;
import io.ppmq.message.Delivery;
import io.ppmq.topic.Batch;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A subscriber without a socket, which reports the result of each push at once. */
final class FakeSubscriber implements Sender {
  /** The result of a push. */
  enum Manner {
    /** It is read. */
    READS,
    /** The connection is refused. */
    AWAY,
    /** The connection breaks in the middle of every batch. */
    BREAKS,
    /** Nothing is ever read, and the connection stays open. */
    STUCK
  }

  final List<Batch> read = new ArrayList<>();
  private final Sender.Link link;
  private Manner manner = Manner.READS;
  private @Nullable Batch stuckWith;
  private boolean open;
  private int attempts;

  FakeSubscriber(Sender.Link link) {
    this.link = link;
  }

  void be(Manner changed) {
    manner = changed;
  }

  /** The number of attempts to connect. */
  int attempts() {
    return attempts;
  }

  @Override
  public void open() {
    attempts++;
    open = manner != Manner.AWAY;
    if (open) {
      link.opened();
    } else {
      link.failed("nobody listens");
    }
  }

  @Override
  public boolean push(Batch batch) {
    switch (manner) {
      case READS -> read.add(batch);
      case STUCK -> stuckWith = batch;
      case AWAY, BREAKS -> {
        open = false;
        link.failed("the connection broke");
      }
    }
    return manner == Manner.READS;
  }

  @Override
  public boolean endIfStuck() {
    if (stuckWith == null) {
      return false;
    }
    stuckWith = null;
    open = false;
    link.closed(true);
    link.failed("it took nothing");
    return true;
  }

  /** Stuck batches arrive after all; a caller that asks again now gets none. */
  void releaseStuck() {
    if (stuckWith != null) {
      stuckWith = null;
      link.pushed();
    }
  }

  /** The keys of the batch that is stuck. */
  List<Bytes> keysStuck() {
    return stuckWith == null ? List.of() : keys(stuckWith);
  }

  private static List<Bytes> keys(Batch batch) {
    return batch.deliveries().stream().map(Delivery::key).toList();
  }

  /** Closes the connection; the next connect succeeds. */
  void close(boolean unread) {
    if (open) {
      open = false;
      link.closed(unread);
    }
  }

  @Override
  public void close() {
    open = false;
  }

  /** Returns the payloads read so far, in order, and forgets them. */
  List<String> takePayloads() {
    List<String> payloads = new ArrayList<>();
    read.forEach(batch -> batch.deliveries().forEach(d -> payloads.add(d.payload().text())));
    read.clear();
    return payloads;
  }

  /** The keys of the last batch of a topic. */
  List<Bytes> keysOfLast(String topic) {
    List<Bytes> keys = new ArrayList<>();
    for (Batch batch : read) {
      if (batch.topic().equals(topic)) {
        keys.clear();
        keys.addAll(keys(batch));
      }
    }
    return keys;
  }
}
