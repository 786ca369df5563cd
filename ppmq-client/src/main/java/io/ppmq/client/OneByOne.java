package io.ppmq.client;

import java.time.Duration;
import java.util.Collection;

/** Passes single messages to handlers on separate threads. */
final class OneByOne implements Taker {
  private final Handling handling;
  private final HandlerThreads threads;

  OneByOne(SubscriberBuilder options, MessageHandler handler, Acknowledgements acknowledgements) {
    this.threads = HandlerThreads.of(options);
    this.handling = new Handling(options, Work.each(handler), threads);
    handling.connect(acknowledgements, () -> {});
  }

  @Override
  public void take(Batch batch) throws InterruptedException {
    handling.take(batch);
    handling.awaitRoom();
  }

  @Override
  public void settled(String topic, Collection<String> keys) {
    var unused = handling.settle(topic, keys);
  }

  @Override
  public void stop() {
    handling.stop();
  }

  @Override
  public void interruptHandlers() {
    handling.interruptHandlers();
  }

  @Override
  public boolean isHandler() {
    return handling.isHandler();
  }

  @Override
  public void awaitHandlers(Duration grace) throws InterruptedException {
    handling.awaitHandlers(grace);
    threads.end();
  }
}
