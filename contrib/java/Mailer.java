import io.ppmq.client.Address;
import io.ppmq.client.Delivery;
import io.ppmq.client.Subscriber;
import io.ppmq.client.SubscriberBuilder;
import java.nio.channels.ServerSocketChannel;

/**
 * A subscriber in Java, with ppmq-client. Under systemd it uses the socket of its .socket unit, if
 * the service has StandardInput=socket; otherwise it listens on its own socket.
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
            // The batch that started this program is on its way: RECONNECT would send it twice.
            ? builder.reconnect(false).listenEach(handedOver, Mailer::work)
            : builder.listenEach(Address.of(own), Mailer::work)) {
      subscriber.awaitClosed();
    }
  }

  /** Must tolerate redelivery. Acknowledged when it returns, nacked when it throws. */
  private static void work(Delivery message) {
    System.out.println(message.payloadText());
  }
}
