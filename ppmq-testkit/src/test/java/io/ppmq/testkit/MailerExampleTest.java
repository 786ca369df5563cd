package io.ppmq.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.client.Delivery;
import io.ppmq.client.Subscriber;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How a program that uses ppMQ tests itself; {@code work} is the program's own code. */
class MailerExampleTest {
  @RegisterExtension final PpmqExtension ppmq = PpmqExtension.with("mails", "mailer");

  private final Queue<String> sent = new ConcurrentLinkedQueue<>();

  private void work(Delivery message) {
    sent.add("Dear customer, " + message.payloadText());
  }

  @Test
  void everyMailIsSentOnce() throws Exception {
    TestBroker broker = ppmq.broker();
    Subscriber mailer = broker.subscriber("mailer").subscribeEach(this::work);
    try (mailer) {
      broker.publish("mails", "hello", "good bye");
      broker.awaitAcknowledged("mails", "mailer", Duration.ofSeconds(30));
    }
    assertThat(sent).containsExactly("Dear customer, hello", "Dear customer, good bye");
  }
}
