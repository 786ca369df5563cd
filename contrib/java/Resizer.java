import io.ppmq.client.Address;
import io.ppmq.client.Delivery;
import io.ppmq.client.Nack;
import io.ppmq.client.RetryAfter;
import io.ppmq.client.Subscriber;
import java.time.Duration;

/**
 * Workers in Java, with ppmq-client. They connect to the broker and subscribe. Start
 * several copies if there is enough work.
 */
public final class Resizer {
  private Resizer() {}

  public static void main(String[] args) throws Exception {
    try (Subscriber subscriber =
        Subscriber.builder(args[0], Address.of(args[1]))
            .workers(2)
            .retryAfter((message, failure) -> RetryAfter.of(Duration.ofMinutes(message.attempt())))
            .subscribeEach(Resizer::work)) {
      subscriber.awaitClosed();
    }
  }

  /** Must tolerate redelivery. Acknowledged when it returns, nacked when it throws. */
  private static void work(Delivery message) throws Nack {
    if (message.payloadText().isBlank()) {
      throw new Nack(RetryAfter.NEVER, "no file"); // to the dead letters
    }
    System.out.println(message.payloadText());
  }
}
