package io.ppmq.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.client.Address;
import io.ppmq.client.Delivery;
import io.ppmq.client.Nack;
import io.ppmq.client.OutgoingMessage;
import io.ppmq.client.Publisher;
import io.ppmq.client.RetryAfter;
import io.ppmq.client.Subscriber;
import io.ppmq.client.SubscriberCommands;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Nacks and extensions of the Java client. */
@Timeout(120)
class ClientNackIT {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final BlockingQueue<Delivery> handled = new LinkedBlockingQueue<>();
  private Site site;
  private Publisher publisher;
  private SubscriberCommands commands;

  @AfterEach
  void close() throws IOException {
    commands.close();
    publisher.close();
    site.close();
  }

  private void start(Layout layout) throws Exception {
    site = Site.started(Storage.MEMORY, layout);
    publisher = new Publisher(address());
    commands = new SubscriberCommands(address(), LIMIT);
  }

  private Address address() {
    return Address.of(site.serverSocket().toString());
  }

  private void publish(String... payloads) throws Exception {
    publisher.publish("t", Stream.of(payloads).map(OutgoingMessage::text).toList());
  }

  @Test
  void messageThatFailsDiesWithItsReasonAndTheOthersOfItsBatchAreDone() throws Exception {
    start(new Layout().topic("t", "MaxDeliveries: 3", "DeadLetter: dead").topic("dead"));
    SubscriberSocket dead = site.subscriber("dead");
    publish("a", "b", "bad", "c", "d");
    try (Subscriber subscriber =
        Subscriber.builder("t", address())
            .problems((sentence, cause) -> {})
            .retryAfter(Duration.ZERO)
            .listenEach(Address.of(site.socketOf("t").toString()), this::handle)) {
      assertThat(subscriber).isNotNull();
      assertThat(dead.next().payloads())
          .singleElement()
          .asString()
          .contains("no such host", "\"bad\"");
    }
    assertThat(handled).map(Delivery::payloadText).containsExactly("a", "b", "c", "d");
    assertThat(handled).allMatch(message -> message.attempt() == 1);
  }

  private void handle(Delivery message) {
    if (message.payloadText().equals("bad")) {
      throw new IllegalStateException("no such host");
    }
    handled.add(message);
  }

  @Test
  void moreTimeIsAskedForAsLongAsTheMessageIsOut() throws Exception {
    start(new Layout().topic("t", "AckRetry: 60s").subscriberWithoutSocket("t"));
    CountDownLatch asked = new CountDownLatch(1);
    publish("slow");
    try (Subscriber subscriber =
        Subscriber.builder("t", address())
            .subscribeEach(
                message -> {
                  assertThat(message.extend()).isTrue();
                  handled.add(message);
                  asked.await();
                })) {
      assertThat(subscriber).isNotNull();
      List<String> keys = List.of(handled.take().key());
      assertThat(commands.extend("t", "t", keys)).isEmpty();
      asked.countDown();
      Await.until("it is acknowledged", () -> commands.extend("t", "t", keys).equals(keys));
    }
  }

  @Test
  void nackOverAnyConnectionFreesTheBatch() throws Exception {
    start(new Layout().topic("t").batch("t", 2));
    SubscriberSocket subscriber = site.subscriber("t");
    publish("1", "2", "3");
    Push push = subscriber.next();
    assertThat(push.payloads()).containsExactly("1", "2");

    commands.nack("t", "t", push.keys(), new Nack(RetryAfter.of(Duration.ZERO), "not now"));
    push = subscriber.next();
    assertThat(push.payloads()).containsExactly("1", "2");

    commands.nack("t", "t", push.keys(), new Nack(RetryAfter.of(Duration.ofHours(1)), "later"));
    assertThat(subscriber.next().payloads()).containsExactly("3");
  }
}
