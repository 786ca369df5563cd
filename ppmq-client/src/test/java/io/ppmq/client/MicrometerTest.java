package io.ppmq.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.ppmq.client.FakeBroker.Talk;
import io.ppmq.client.micrometer.MeteredHandler;
import io.ppmq.client.micrometer.PublisherMetrics;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The metrics of a program without Spring. */
@Timeout(120)
class MicrometerTest {
  private final MeterRegistry registry = new SimpleMeterRegistry();

  @TempDir Path directory;
  private Address address;
  private FakeBroker broker;
  private Subscriber subscriber;

  @BeforeEach
  void start() throws IOException {
    address = Address.of(directory.resolve("broker.sock").toString());
    broker = new FakeBroker(address);
  }

  @AfterEach
  void stop() throws Exception {
    broker.close();
    if (subscriber != null) {
      subscriber.close();
    }
    Threads.assertNoneLeft();
  }

  private double sent(String outcome) {
    return registry
        .get("ppmq.messages.sent")
        .tags("publisher", "mine", "outcome", outcome)
        .functionCounter()
        .count();
  }

  private double handled(String outcome) {
    return registry
        .get("ppmq.messages.handled")
        .tags("subscriber", "mailer", "outcome", outcome)
        .counter()
        .count();
  }

  @Test
  void messagesThatArePublishedAreCountedByWhatBecameOfThem() throws Exception {
    try (Publisher publisher = new Publisher(address)) {
      new PublisherMetrics(publisher, Tags.of("publisher", "mine")).bindTo(registry);
      OutgoingMessage message = OutgoingMessage.text("p");
      CompletableFuture<Void> two = publisher.publishAsync("t", List.of(message, message));
      CompletableFuture<Void> refused = publisher.publishAsync("t", message);
      CompletableFuture<Void> lost = publisher.publishAsync("t", message);
      try (Talk talk = broker.accept()) {
        talk.confirm();
        talk.write(
            "{\"confirm\":\"%s\",\"error\":\"no\",\"code\":\"topic-full\"}\n"
                .formatted(Talk.id(talk.read())));
        talk.read();
      }
      two.get();
      assertThatThrownBy(refused::get).hasCauseInstanceOf(TopicFull.class);
      assertThatThrownBy(lost::get).hasCauseInstanceOf(IOException.class);
    }
    assertThat(sent("confirmed")).isEqualTo(2);
    assertThat(sent("failed")).isEqualTo(2);
  }

  @Test
  void messagesThatAreHandledAreCountedAndTimed() throws Exception {
    MessageHandler handler =
        message -> {
          if (message.payloadText().equals("bad")) {
            throw new IOException("no such host");
          }
        };
    subscriber =
        Subscriber.builder("mailer", address)
            .problems((sentence, cause) -> {})
            .subscribeEach(new MeteredHandler(registry, "mailer", handler));
    try (Talk talk = broker.accept()) {
      talk.confirm();
      talk.write(
          "{\"topic\":\"mails\",\"subscriber\":\"mailer\",\"messages\":["
              + "{\"Key\":\"k1\",\"Payload\":\"good\"},{\"Key\":\"k2\",\"Payload\":\"bad\"},"
              + "{\"Key\":\"k3\",\"Payload\":\"good\"}]}\n");
      String said = talk.confirm();
      while (!said.contains("k2") || !said.contains("k3")) {
        said += talk.confirm();
      }
      assertThat(said).contains("\"Nacks\":[\"k2\"],\"Reason\":\"no such host\"");
      assertThat(handled("acknowledged")).isEqualTo(2);
      assertThat(handled("nacked")).isEqualTo(1);
      assertThat(
              registry
                  .get("ppmq.process")
                  .tags("messaging.destination.name", "mails")
                  .tags("messaging.consumer.group.name", "mailer")
                  .timer()
                  .count())
          .isEqualTo(3);
    }
  }
}
