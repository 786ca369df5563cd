package io.ppmq.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A program with a subscriber, which prints its batches and problems. On {@code take} it opens all
 * the files that it may, on {@code free} it closes them.
 */
final class HungryProgram {
  private HungryProgram() {}

  /** Opens files as soon as it can, until it is told to close them. */
  private static final class Hunger extends Thread {
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final CountDownLatch full = new CountDownLatch(1);
    private volatile boolean over;

    @Override
    public void run() {
      List<InputStream> files = new ArrayList<>();
      while (!over) {
        try {
          files.add(new FileInputStream("/dev/null"));
        } catch (IOException e) {
          full.countDown();
          LockSupport.parkNanos(LOOK_NANOS);
        }
      }
      for (InputStream file : files) {
        try {
          file.close();
        } catch (IOException e) {
          throw new IllegalStateException(e);
        }
      }
    }
  }

  private static void say(String line) {
    System.out.println(line);
  }

  private static void awaitClosed(Subscriber subscriber) {
    try {
      subscriber.awaitClosed();
      say("closed");
    } catch (Refused | InterruptedException e) {
      say(e.toString());
    }
  }

  /** Listens at the second address, or subscribes when there is only that of the broker. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    SubscriberBuilder builder =
        Subscriber.builder("mailer", Address.of(arguments[0]))
            .reconnect(false)
            .problems((sentence, cause) -> say(sentence + ": " + cause));
    Subscriber.Handler handler = batch -> say("handled " + batch.keys());
    Subscriber subscriber =
        arguments.length > 1
            ? builder.listen(Address.of(arguments[1]), handler)
            : builder.subscribe(handler);
    Thread waiting = new Thread(() -> awaitClosed(subscriber));
    waiting.setDaemon(true);
    waiting.start();
    say("ready");
    BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, UTF_8));
    Hunger hunger = new Hunger();
    hunger.setDaemon(true);
    for (String word = commands.readLine(); word != null; word = commands.readLine()) {
      if (word.equals("take")) {
        hunger.start();
        hunger.full.await();
        say("taken");
      } else {
        hunger.over = true;
      }
    }
  }
}
