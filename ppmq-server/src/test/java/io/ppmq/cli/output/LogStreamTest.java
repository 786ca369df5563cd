package io.ppmq.cli.output;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class LogStreamTest {
  private static final int LINES = 3000;

  private final ByteArrayOutputStream read = new ByteArrayOutputStream();
  private final CountDownLatch reading = new CountDownLatch(1);
  private final CompletableFuture<Long> dropped = new CompletableFuture<>();

  /** A pipe that takes nothing before it is read. */
  private final class Pipe extends OutputStream {
    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      try {
        reading.await();
      } catch (InterruptedException e) {
        throw new InterruptedIOException();
      }
      read.write(bytes, offset, length);
    }
  }

  private PrintStream log() {
    return new PrintStream(new LogStream(new Pipe(), dropped::complete), true, UTF_8);
  }

  private static String line(int number) {
    return "line %026d".formatted(number);
  }

  @Test
  void lineIsWrittenWhenItIsLogged() {
    reading.countDown();
    PrintStream log = log();
    for (int i = 0; i < 100; i++) {
      log.println(line(i));
      assertThat(read.toString(UTF_8)).endsWith(line(i) + "\n");
    }
    assertThat(read.toString(UTF_8).lines()).hasSize(100);
  }

  @Test
  void nobodyWaitsForReaderThatStallsAndWhatIsDroppedIsCounted() throws Exception {
    PrintStream log = log();
    for (int i = 0; i < LINES; i++) {
      log.println(line(i));
    }
    reading.countDown();
    long lost = dropped.get(30, TimeUnit.SECONDS);
    List<String> first =
        IntStream.range(0, LINES - (int) lost).mapToObj(LogStreamTest::line).toList();
    assertThat(lost).isBetween(1L, LINES - 1L);
    assertThat(read.toString(UTF_8).lines().toList()).isEqualTo(first);
  }

  @Test
  void whatWaitsIsWrittenBeforeTheEnd() {
    PrintStream log = log();
    log.println("waits");
    reading.countDown();
    log.close();
    assertThat(read.toString(UTF_8)).isEqualTo("waits\n");
  }
}
