package io.ppmq.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.ppmq.client.Address;
import io.ppmq.client.Batch;
import io.ppmq.client.Nack;
import io.ppmq.client.OutgoingMessage;
import io.ppmq.client.Publisher;
import io.ppmq.client.ReceivedMessage;
import io.ppmq.client.RetryAfter;
import io.ppmq.client.Subscriber;
import io.ppmq.load.Received;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Uses ppMQ through {@code ppmq-client}, with several workers of a subscriber, which may nack each
 * message at its first delivery, and a producer that may delay messages. Settings, also for the
 * drivers of other brokers: {@code workers}; {@code delaySeconds}, 0 for no delay; {@code
 * nackMillis}, the pause before redelivery of a nacked message, below 0 for no nacks.
 */
public final class WorkersDriver implements Driver {
  private static final String TOPIC = PpmqServer.names("topic", 1).get(0);
  private static final String SUBSCRIBER = PpmqServer.names("subscriber", 1).get(0);

  @Override
  public DrivenProducer producer(Settings settings) {
    int delaySeconds = settings.number("delaySeconds");
    Publisher publisher = new Publisher(Address.of(settings.text("socket")));
    return new WindowedProducer(
        new DelayingOutlet(publisher, delaySeconds > 0 ? new Due(delaySeconds) : null),
        settings.number("payload"),
        settings.number("batch"));
  }

  private record DelayingOutlet(Publisher publisher, @Nullable Due due)
      implements WindowedProducer.Outlet {
    @Override
    public void send(List<byte[]> payloads, WindowedProducer.Confirmed confirmed)
        throws InterruptedException {
      List<OutgoingMessage> messages = new ArrayList<>(payloads.size());
      for (byte[] payload : payloads) {
        OutgoingMessage message = OutgoingMessage.text(new String(payload, ISO_8859_1));
        messages.add(due == null ? message : message.withNotBefore(due.next()));
      }
      var unused =
          publisher
              .publishAsync(TOPIC, messages)
              .whenComplete((nothing, failure) -> confirmed.done(failure));
    }

    @Override
    public void close() {
      publisher.close();
    }
  }

  @Override
  public DrivenSubscriber subscriber(Settings settings) {
    return new Team(settings);
  }

  private static final class Team implements DrivenSubscriber {
    private final Tally tally = new Tally();
    private final @Nullable Nack nack;
    private final CompletableFuture<Subscriber> self = new CompletableFuture<>();
    private final Subscriber subscriber;

    Team(Settings settings) {
      int millis = settings.number("nackMillis");
      this.nack = millis < 0 ? null : new Nack(RetryAfter.of(Duration.ofMillis(millis)), "");
      this.subscriber =
          Subscriber.builder(SUBSCRIBER, Address.of(settings.text("socket")))
              .reconnect(false)
              .workers(settings.number("workers"))
              .acknowledge(nack == null)
              .subscribe(this::handle);
      self.complete(subscriber);
    }

    private void handle(Batch batch) throws InterruptedException {
      tally.arrived();
      List<String> done = new ArrayList<>();
      List<String> failed = new ArrayList<>();
      for (ReceivedMessage message : batch.messages()) {
        if (nack != null && message.attempt() == 1) {
          failed.add(message.key());
        } else {
          done.add(message.key());
          tally.message(message.payloadText().getBytes(ISO_8859_1));
        }
      }
      if (nack != null) {
        say(batch.topic(), done, failed, nack);
      }
    }

    private void say(String topic, List<String> done, List<String> failed, Nack why)
        throws InterruptedException {
      if (!failed.isEmpty()) {
        self.join().nack(topic, failed, why);
      }
      if (!done.isEmpty()) {
        self.join().acknowledge(topic, done);
      }
    }

    @Override
    public Received receive(int ends) throws InterruptedException {
      return tally.await(ends);
    }

    @Override
    public void close() {
      subscriber.close();
    }
  }
}
