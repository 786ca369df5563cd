package io.ppmq.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ppmq.client.Address;
import io.ppmq.client.Delivery;
import io.ppmq.client.OutgoingMessage;
import io.ppmq.client.Publisher;
import io.ppmq.client.Subscriber;
import io.ppmq.client.SubscriberBuilder;
import io.ppmq.client.UnknownName;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The Java client with the real broker. */
@Timeout(120)
class ClientIT {
  private final BlockingQueue<Delivery> handled = new LinkedBlockingQueue<>();
  private Site site;
  private Publisher publisher;
  private Subscriber subscriber;

  @AfterEach
  void close() throws IOException {
    if (subscriber != null) {
      subscriber.close();
    }
    publisher.close();
    site.close();
  }

  private void start(Layout layout) throws Exception {
    site = Site.started(Storage.DIRECTORY, layout);
    publisher = new Publisher(address());
  }

  private Address address() {
    return Address.of(site.serverSocket().toString());
  }

  private SubscriberBuilder builder(String name) {
    return Subscriber.builder(name, address()).problems((sentence, cause) -> {});
  }

  private static Layout withoutSocket(String topic, String... options) {
    return new Layout().topic(topic, options).subscriberWithoutSocket(topic);
  }

  private static List<OutgoingMessage> texts(String... payloads) {
    return List.of(payloads).stream().map(OutgoingMessage::text).toList();
  }

  @Test
  void messagesComeOverAConnectionAndAreAcknowledged() throws Exception {
    start(withoutSocket("t").batch("t", 3));
    subscriber = builder("t").subscribeEach(handled::add);
    for (int i = 0; i < 20; i++) {
      publisher.publish("t", OutgoingMessage.text("m" + i));
    }
    for (int i = 0; i < 20; i++) { // the next batch arrives after the last is acknowledged
      Delivery message = handled.take();
      assertThat(message.payloadText()).isEqualTo("m" + i);
      assertThat(message.attempt()).isEqualTo(1);
    }
  }

  @Test
  void messagesComeOneByOneOverASocketToo() throws Exception {
    start(new Layout().topic("t").batch("t", 3));
    Address own = Address.of(site.socketOf("t").toString());
    subscriber = builder("t").threads(3).listenEach(own, handled::add);
    publisher.publish("t", texts("a", "b", "c", "d", "e", "f", "g"));
    for (int i = 0; i < 7; i++) {
      assertThat(handled.take().attempt()).isEqualTo(1);
    }
  }

  @Test
  void workersShareTheMessages() throws Exception {
    start(withoutSocket("t").batch("t", 1));
    CyclicBarrier together = new CyclicBarrier(3);
    subscriber =
        builder("t")
            .workers(3)
            .subscribeEach(
                message -> {
                  together.await(); // so each of them has a message
                  handled.add(message);
                });
    publisher.publish("t", texts("a", "b", "c"));
    assertThat(List.of(next(), next(), next())).containsExactlyInAnyOrder("a", "b", "c");
  }

  private String next() throws InterruptedException {
    return handled.take().payloadText();
  }

  @Test
  void onlyTheTopicsThatAreAskedForCome() throws Exception {
    start(
        new Layout()
            .topicFor(List.of("s"), "one")
            .topicFor(List.of("s"), "two")
            .subscriberWithoutSocket("s"));
    subscriber = builder("s").topics("two").batchSize(1).subscribeEach(handled::add);
    publisher.publish("one", texts("a"));
    publisher.publish("two", texts("b", "c"));
    assertThat(next()).isEqualTo("b");
    assertThat(next()).isEqualTo("c");
    assertThat(handled).isEmpty();
  }

  @Test
  void nothingIsLostOverKillsOfTheBroker() throws Exception {
    start(withoutSocket("t").batch("t", 20));
    int count = 3_000;
    Map<String, AtomicInteger> times = new ConcurrentHashMap<>();
    CountDownLatch all = new CountDownLatch(count);
    subscriber =
        builder("t")
            .workers(2)
            .threads(2)
            .subscribeEach(
                message -> {
                  AtomicInteger seen =
                      times.computeIfAbsent(message.payloadText(), fresh -> new AtomicInteger());
                  if (seen.incrementAndGet() == 1) {
                    all.countDown();
                  }
                });
    publisher.publish(
        "t", IntStream.range(0, count).mapToObj(i -> OutgoingMessage.text("m" + i)).toList());
    for (int kill = 1; kill <= 3; kill++) {
      while (all.getCount() > count - kill * (long) count / 4) {
        Thread.onSpinWait();
      }
      site.broker().kill();
      site.start();
    }
    all.await();
    assertThat(times).hasSize(count);
    int again = times.values().stream().mapToInt(AtomicInteger::get).sum() - count;
    assertThat(again).isLessThan(count / 2); // only the messages in flight at the kill
  }

  @Test
  void whatTheProgramDidNotFinishComesAgainAtOnce() throws Exception {
    start(withoutSocket("t").batch("t", 2));
    CountDownLatch never = new CountDownLatch(1);
    Subscriber first =
        builder("t")
            .timeout(Duration.ofSeconds(1))
            .subscribeEach(
                message -> {
                  handled.add(message);
                  never.await();
                });
    publisher.publish("t", texts("a", "b"));
    Delivery once = handled.take();
    assertThat(once.payloadText()).isEqualTo("a");
    first.close();
    subscriber = builder("t").subscribeEach(handled::add);
    Delivery again = handled.take();
    assertThat(again.payloadText()).isEqualTo("a");
    assertThat(again.attempt()).isEqualTo(once.attempt() + 1);
    assertThat(next()).isEqualTo("b");
  }

  @Test
  void newerVersionIsNotAcknowledgedByAnOlderOnesHandler() throws Exception {
    start(withoutSocket("t", "Dedupe: true"));
    CountDownLatch release = new CountDownLatch(1);
    Set<String> finished = ConcurrentHashMap.newKeySet();
    subscriber =
        builder("t")
            .subscribeEach(
                message -> {
                  handled.add(message);
                  if (message.payloadText().equals("old")) {
                    release.await();
                  }
                  finished.add(message.payloadText());
                });
    OutgoingMessage old = OutgoingMessage.text("old").withKey("k");
    publisher.publish("t", old);
    assertThat(next()).isEqualTo("old");
    site.broker().kill();
    site.start();
    try (Publisher after = new Publisher(address())) {
      after.publish("t", OutgoingMessage.text("new").withKey("k"));
    }
    release.countDown();
    String last = next();
    while (last.equals(
        "old")) { // the old one again, if the worker was back before the newer one was published
      last = next();
    }
    assertThat(last).isEqualTo("new");
    assertThat(finished).contains("old");
  }

  @Test
  void topicThatIsFullDoesNotHoldUpOthers() throws Exception {
    start(withoutSocket("full", "MaxMessages: 1").topic("free"));
    publisher.publish("full", texts("a"));
    CompletableFuture<Void> held = publisher.publishAsync("full", texts("b"));
    for (int i = 0; i < 10; i++) {
      publisher.publish("free", texts("c"));
    }
    assertThat(held).isNotDone();
    subscriber = builder("full").subscribeEach(handled::add);
    held.get();
  }

  @Test
  void messageThatIsKeptBackComesAtItsMomentAndNotBefore() throws Exception {
    start(withoutSocket("t"));
    subscriber = builder("t").subscribeEach(handled::add);
    Duration delay = Duration.ofMillis(700);
    long before = System.nanoTime();
    publisher.publish("t", OutgoingMessage.text("later").withDelay(delay));
    publisher.publish("t", OutgoingMessage.text("now"));
    assertThat(next()).isEqualTo("now");
    assertThat(next()).isEqualTo("later");
    assertThat(System.nanoTime() - before).isGreaterThanOrEqualTo(delay.toNanos());
  }

  @Test
  void subscriberThatTheBrokerDoesNotKnowIsRefused() throws Exception {
    start(withoutSocket("t"));
    subscriber = builder("nobody").subscribeEach(handled::add);
    assertThatThrownBy(() -> subscriber.awaitClosed())
        .isInstanceOfSatisfying(
            UnknownName.class, e -> assertThat(e.code()).isEqualTo("unknown-subscriber"));
  }
}
