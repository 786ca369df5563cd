package io.ppmq.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.ppmq.load.Pace;
import io.ppmq.load.Published;
import io.ppmq.load.Received;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.zip.DataFormatException;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * The process of the producers or of the subscribers. Carries out orders from its standard input,
 * with a line for each order and one for its answer:
 *
 * <pre>
 *  open                                       connect                      → opened
 *  publish messages nanos rate window         {@link Pace}                 → published …
 *  receive ends                                                            → received …
 *  close                                      go away                      → closed
 * </pre>
 *
 * A failure is answered with {@code failed} and a sentence, and ends the process. It also ends with
 * its input, so that no process is left behind.
 */
public final class Worker implements AutoCloseable {
  private final Driver driver;
  private final Settings settings;
  private Driver.@Nullable DrivenProducer producer;
  private Driver.@Nullable DrivenSubscriber subscriber;

  private Worker(Driver driver, Settings settings) {
    this.driver = driver;
    this.settings = settings;
  }

  /** Takes the name of a {@link Driver}, {@code producer} or {@code subscriber}, and settings. */
  public static void main(String[] args) throws Exception {
    PrintStream out = new PrintStream(System.out, true, UTF_8);
    System.setOut(System.err); // so the output of libraries does not disturb
    int status = 0;
    Driver driver =
        Class.forName(args[0]).asSubclass(Driver.class).getDeclaredConstructor().newInstance();
    try (Worker worker = new Worker(driver, Settings.of(Arrays.asList(args)));
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        out.println(worker.obey(args[1].equals("producer"), List.of(line.split(" ", -1))));
      }
    } catch (Exception e) {
      e.printStackTrace();
      out.println("failed " + e.toString().replaceAll("\\R", " "));
      status = 1;
    }
    System.exit(status); // ends threads that a library left
  }

  private String obey(boolean produces, List<String> words) throws Exception {
    switch (words.get(0)) {
      case "open" -> {
        if (produces) {
          producer = driver.producer(settings);
        } else {
          subscriber = driver.subscriber(settings);
        }
        return "opened";
      }
      case "publish" -> {
        Pace pace =
            new Pace(
                Long.parseLong(words.get(1)),
                Long.parseLong(words.get(2)),
                Double.parseDouble(words.get(3)),
                Integer.parseInt(words.get(4)));
        return line(opened(producer).publish(pace));
      }
      case "receive" -> {
        return line(opened(subscriber).receive(Integer.parseInt(words.get(1))));
      }
      case "close" -> {
        close();
        return "closed";
      }
      default -> throw new IllegalArgumentException("unknown order " + words);
    }
  }

  private static <T> T opened(@Nullable T one) {
    if (one == null) {
      throw new IllegalStateException("not open");
    }
    return one;
  }

  private static String line(Published done) {
    return "published %d %d %d %s"
        .formatted(done.messages(), done.nanos(), done.refused(), text(done.confirmNanos()));
  }

  private static String line(Received done) {
    return "received %d %d %d %s"
        .formatted(done.messages(), done.batches(), done.nanos(), text(done.deliveryNanos()));
  }

  static Published published(List<String> words) {
    return new Published(
        Long.parseLong(words.get(1)),
        Long.parseLong(words.get(2)),
        Long.parseLong(words.get(3)),
        histogram(words.get(4)));
  }

  static Received received(List<String> words) {
    return new Received(
        Long.parseLong(words.get(1)),
        Long.parseLong(words.get(2)),
        Long.parseLong(words.get(3)),
        histogram(words.get(4)));
  }

  private static String text(Histogram histogram) {
    ByteBuffer bytes = ByteBuffer.allocate(histogram.getNeededByteBufferCapacity());
    int length = histogram.encodeIntoCompressedByteBuffer(bytes);
    return Base64.getEncoder().encodeToString(Arrays.copyOf(bytes.array(), length));
  }

  private static Histogram histogram(String text) {
    try {
      ByteBuffer bytes = ByteBuffer.wrap(Base64.getDecoder().decode(text));
      return Histogram.decodeFromCompressedByteBuffer(bytes, 0);
    } catch (DataFormatException e) {
      throw new IllegalArgumentException("no histogram", e);
    }
  }

  @Override
  public void close() throws IOException {
    if (producer != null) {
      producer.close();
      producer = null;
    }
    if (subscriber != null) {
      subscriber.close();
      subscriber = null;
    }
  }
}
