package io.ppmq.client;

import java.time.Duration;
import java.util.Collection;

/** Passes one batch at a time to the handler, on the reading thread. */
final class InTurn implements Taker {
  private final SubscriberBuilder options;
  private final Subscriber.Handler handler;
  private final Acknowledgements acknowledgements;
  private volatile Thread reading = Thread.currentThread();

  InTurn(SubscriberBuilder options, Subscriber.Handler handler, Acknowledgements acknowledgements) {
    this.options = options;
    this.handler = handler;
    this.acknowledgements = acknowledgements;
  }

  @Override
  public void take(Batch batch) throws InterruptedException {
    reading = Thread.currentThread();
    acknowledgements.delivered(batch);
    try {
      handler.handle(batch);
    } catch (Throwable e) { // errors too: the subscriber must not end with one batch
      options.problems.report("not acknowledged, because the handler failed: " + batch, e);
      return;
    } finally {
      boolean unused = Thread.interrupted(); // the handler's; it would close the channels
    }
    if (options.acknowledge) {
      acknowledgements.say(batch.topic(), batch.keys(), null);
    }
  }

  @Override
  public void settled(String topic, Collection<String> keys) {}

  @Override
  public void stop() {}

  @Override
  public void interruptHandlers() {
    reading.interrupt();
  }

  @Override
  public boolean isHandler() {
    return Thread.currentThread() == reading;
  }

  @Override
  public void awaitHandlers(Duration grace) {}
}
