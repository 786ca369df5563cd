import io.ppmq.embed.Ppmq;
import io.ppmq.embed.PpmqConfig;
import java.util.concurrent.CountDownLatch;

/** The broker inside a program: no socket, no other process. */
public final class Embedded {
  public static void main(String[] args) throws Exception {
    CountDownLatch done = new CountDownLatch(1);
    PpmqConfig config = PpmqConfig.inMemory().topic("mails", "mailer"); // or in(directory)
    try (Ppmq ppmq = Ppmq.open(config)) {
      ppmq.publish("mails", "from within").get(); // now it is stored
      ppmq.subscribe("mailer", message -> { System.out.println(message.payload()); done.countDown(); });
      done.await();
    }
  }
}
