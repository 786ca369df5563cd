import io.ppmq.client.Address;
import io.ppmq.client.OutgoingMessage;
import io.ppmq.client.Publisher;
import io.ppmq.client.Subscriber;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;

/** Publishes and consumes with ppmq-client: SOCKET TOPIC SUBSCRIBER MESSAGES. */
public final class Bench {
  private interface Work {
    void run() throws Exception;
  }

  private Bench() {}

  private static String measured(Work work) throws Exception {
    long begun = System.nanoTime();
    long cpu = cpuNanos();
    work.run();
    return (System.nanoTime() - begun) / 1e9 + " " + (cpuNanos() - cpu) / 1e9;
  }

  private static long cpuNanos() {
    return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos();
  }

  public static void main(String[] args) throws Exception {
    Address broker = Address.of(args[0]);
    int count = Integer.parseInt(args[3]);
    String published =
        measured(
            () -> {
              try (Publisher publisher = new Publisher(broker)) {
                publisher.publishAll(
                    args[1],
                    IntStream.range(0, count)
                        .mapToObj(i -> OutgoingMessage.text(String.format("%0100d", i)))
                        .iterator());
              }
            });
    CountDownLatch done = new CountDownLatch(count);
    String consumed =
        measured(
            () -> {
              try (Subscriber subscriber =
                  Subscriber.builder(args[2], broker).subscribeEach(message -> done.countDown())) {
                done.await();
              }
            });
    System.out.println(published + " " + consumed);
  }
}
