import io.ppmq.embed.Ppmq;
import io.ppmq.embed.PpmqConfig;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/** The broker inside a program: no socket, no other process. */
public final class Embedded {
  public static void main(String[] args) throws Exception {
    CountDownLatch done = new CountDownLatch(1);
    PpmqConfig config = PpmqConfig.in(Path.of(args[0])).topic("mails", "mailer");
    try (Ppmq ppmq = Ppmq.open(config)) {
      ppmq.publish("mails", "kept over restarts").get(); // it is on the disk now
      ppmq.subscribe("mailer", message -> { System.out.println(message.payload()); done.countDown(); });
      done.await();
    }
  }
}
