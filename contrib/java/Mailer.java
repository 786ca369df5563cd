import io.ppmq.client.Address;
import io.ppmq.client.ReceivedMessage;
import io.ppmq.client.Subscriber;
import io.ppmq.client.SubscriberBuilder;
import java.nio.channels.ServerSocketChannel;

/**
 * A subscriber in Java, with ppmq-client. Under systemd it takes the socket of its .socket unit, if
 * the service has StandardInput=socket; otherwise it listens on its own.
 */
public final class Mailer {
  private Mailer() {}

  public static void main(String[] args) throws Exception {
    String name = args[0];
    String broker = args[1];
    String own = args[2];
    SubscriberBuilder builder = Subscriber.builder(name, Address.of(broker));
    try (Subscriber subscriber =
        System.inheritedChannel() instanceof ServerSocketChannel handedOver
            // The batch that started us is on its way already: RECONNECT would have it sent twice.
            ? builder.reconnect(false).listen(handedOver, batch -> batch.messages().forEach(Mailer::work))
            : builder.listen(Address.of(own), batch -> batch.messages().forEach(Mailer::work))) {
      subscriber.awaitClosed();
    }
  }

  /** Must bear to see a message again. The batch is acknowledged when all of it was handled. */
  private static void work(ReceivedMessage message) {
    System.out.println(message.payloadText());
  }
}
