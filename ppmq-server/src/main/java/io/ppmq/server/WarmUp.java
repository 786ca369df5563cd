package io.ppmq.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.ppmq.broker.Broker;
import io.ppmq.broker.port.Clock;
import io.ppmq.broker.port.Sender;
import io.ppmq.broker.request.Answer;
import io.ppmq.broker.request.Command;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.broker.request.Submission;
import io.ppmq.broker.settings.BrokerSettings;
import io.ppmq.broker.settings.SubscriberSettings;
import io.ppmq.broker.settings.SyncPolicy;
import io.ppmq.message.Bytes;
import io.ppmq.message.Delivery;
import io.ppmq.store.memory.MemoryStore;
import io.ppmq.topic.Batch;
import io.ppmq.topic.BatchLimits;
import io.ppmq.topic.TopicSettings;
import io.ppmq.wire.BatchEncoder;
import io.ppmq.wire.Decoder;
import io.ppmq.wire.InputBudget;
import io.ppmq.wire.Limits;
import io.ppmq.wire.Refusal;
import io.ppmq.wire.Request;
import io.ppmq.wire.Sink;
import io.ppmq.wire.ValueParser;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.IntConsumer;

/**
 * Practice for a broker that is about to start. The first messages in a JVM take a hundred times as
 * long as those a second later, because each class is loaded at its first use, and code is
 * interpreted until it has run often. So another broker, without sockets and with its store in
 * memory, takes a few values and pushes their batches, on its own thread while the real one opens
 * its store.
 */
public final class WarmUp {
  private static final int VALUES = 40;
  private static final int MESSAGES = 50;
  private static final String TOPIC = "practice";
  private static final String SUBSCRIBER = "nobody";

  /** Where memory is scarce there is no practice, which takes 3 MB; the launcher decides that. */
  private static final boolean SKIPPED = "small".equals(System.getProperty("io.ppmq.memory"));

  /** The time that the start waits for the rest of the practice after everything else is done. */
  private static final long MILLIS_MAX = 70;

  private final Thread thread = new Thread(this::practise, "ppmq-warm-up");
  private final EventLog events;
  private final BlockingQueue<Batch> pushed = new LinkedBlockingQueue<>();
  private volatile boolean enough;

  private WarmUp(EventLog events) {
    this.events = events;
  }

  /**
   * Begins to practise; does not block.
   *
   * @param halt ends the process with an exit status if the practice shows that the broker cannot
   *     work
   */
  public static WarmUp begin(IntConsumer halt) {
    WarmUp warmUp = new WarmUp(new EventLog(halt));
    warmUp.thread.setDaemon(true);
    warmUp.thread.setUncaughtExceptionHandler((ended, reason) -> warmUp.events.bug(reason));
    if (!SKIPPED) {
      warmUp.thread.start();
    }
    return warmUp;
  }

  /** Waits a short time for the end of the practice; the rest is skipped. */
  public void end() throws InterruptedException {
    thread.join(MILLIS_MAX);
    enough = true;
  }

  private void practise() {
    Broker broker =
        Broker.start(
            settings(),
            new MemoryStore(1),
            Clock.system(),
            (name, link) -> new Pushing(link),
            events);
    try {
      Limits limits = new Limits(1 << 20, 1 << 20);
      Decoder decoder =
          new Decoder(new ValueParser(limits), new InputBudget(), new Commands(broker));
      byte[] publish = publish();
      for (int i = 0; i < VALUES && !enough; i++) {
        decoder.feed(publish, 0, publish.length);
        byte[] acknowledge = acknowledge(pushed.take());
        decoder.feed(acknowledge, 0, acknowledge.length);
      }
      broker.stop();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static BrokerSettings settings() {
    BatchLimits limits = new BatchLimits(MESSAGES, 1 << 20);
    return new BrokerSettings(
        List.of(new TopicSettings(TOPIC, List.of(SUBSCRIBER), 0, false, 1, false)),
        List.of(new SubscriberSettings(SUBSCRIBER, limits)),
        SyncPolicy.ALWAYS);
  }

  private static byte[] publish() {
    StringBuilder value = new StringBuilder("{\"Topic\":\"" + TOPIC + "\",\"Messages\":[");
    String message = "{\"Payload\":\"" + "practice".repeat(12) + "\"}";
    for (int i = 0; i < MESSAGES; i++) {
      value.append(i == 0 ? "" : ",").append(message);
    }
    return value.append("]}").toString().getBytes(UTF_8);
  }

  private static byte[] acknowledge(Batch batch) {
    StringBuilder value =
        new StringBuilder(
            "{\"Topic\":\"" + TOPIC + "\",\"Subscriber\":\"" + SUBSCRIBER + "\",\"Acks\":[");
    String separator = "\"";
    for (Delivery delivery : batch.deliveries()) {
      value.append(separator).append(delivery.key().text()).append('"');
      separator = ",\"";
    }
    return value.append("]}").toString().getBytes(UTF_8);
  }

  /** Passes values to the broker, as from a connection that asks for no confirm. */
  private record Commands(Broker broker) implements Sink {
    @Override
    public void request(Request request, long offset, int bytes) {
      String subscriber = request.subscriber();
      Command command =
          subscriber == null
              ? new Command.Publish(TOPIC, request.messages())
              : new Command.Acknowledge(TOPIC, subscriber, request.acks());
      try {
        broker.collect(new Submission(List.of(command), bytes, Answer.NONE));
        broker.work();
      } catch (RefusedException e) {
        throw new IllegalStateException(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public void refused(Refusal refusal) {
      throw new IllegalStateException(refusal.sentence());
    }

    @Override
    public void skipped(Refusal refusal) {
      throw new IllegalStateException(refusal.sentence());
    }

    @Override
    public void broken(Refusal refusal) {
      throw new IllegalStateException(refusal.sentence());
    }

    @Override
    public void roomAgain() {}

    @Override
    public boolean isRead() {
      return true;
    }

    @Override
    public void stalled() {}
  }

  /** Encodes each batch, as for a socket that takes everything. */
  private final class Pushing implements Sender {
    private final Link link;
    private final PushBuffer buffer = new PushBuffer();
    private final Bytes opening = BatchEncoder.opening(TOPIC, SUBSCRIBER);
    private final WritableByteChannel nowhere =
        Channels.newChannel(OutputStream.nullOutputStream());

    Pushing(Link link) {
      this.link = link;
    }

    @Override
    public void open() {
      link.opened();
    }

    @Override
    public boolean push(Batch batch) {
      try {
        if (!buffer.holds(batch)) {
          buffer.begin(batch, opening);
        }
        pushed.add(batch);
        return buffer.writeTo(nowhere);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void prepare(Batch batch) {
      buffer.begin(batch, opening);
    }

    @Override
    public void close() {}
  }
}
