package io.ppmq.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A connection to the broker's socket that sends any bytes and keeps the answers. */
final class Peer implements Closeable {
  /** Stands for the end of the stream in {@link #lines}. */
  private static final String END = "(end)";

  private static final String RESET = "(reset)";
  private static final AtomicLong CONFIRMS = new AtomicLong();

  private static final Pattern REFUSAL =
      Pattern.compile("\\{\"confirm\":\"(c\\d+)\",\"error\":\"(.+)\",\"code\":\"([a-z-]+)\"}\n");

  private final SocketChannel channel;
  private String code = "";
  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

  /** The batches pushed to it as a worker, which arrive between answers. */
  private final BlockingQueue<String> batches = new LinkedBlockingQueue<>();

  Peer(SocketAddress address) throws IOException {
    channel = SocketChannel.open(address);
    Thread thread = new Thread(this::read, "peer");
    thread.setDaemon(true);
    thread.start();
  }

  private void read() {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    ByteBuffer buffer = ByteBuffer.allocate(8192);
    try {
      while (channel.read(buffer.clear()) >= 0) {
        buffer.flip();
        while (buffer.hasRemaining()) {
          byte next = buffer.get();
          line.write(next);
          if (next == '\n') {
            (isBatch(line) ? batches : lines).add(line.toString(UTF_8));
            line.reset();
          }
        }
      }
      lines.add(line.size() > 0 ? line.toString(UTF_8) : END);
    } catch (IOException e) {
      lines.add(RESET);
    }
  }

  private static boolean isBatch(ByteArrayOutputStream line) {
    return line.toString(UTF_8).startsWith("{\"topic\"");
  }

  // ---- sending --------------------------------------------------------------------------------

  Peer send(String text) throws IOException {
    return send(text.getBytes(UTF_8));
  }

  Peer send(byte... bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
    return this;
  }

  /** Ends its output, and still reads. */
  void endOutput() throws IOException {
    channel.shutdownOutput();
  }

  // ---- what comes back ------------------------------------------------------------------------

  /** The next line, with its newline. */
  String line() throws InterruptedException {
    String line = lines.poll(Await.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    if (line == null) {
      throw new AssertionError("the broker answers nothing");
    }
    return line;
  }

  /** The next pushed batch. */
  Push push() throws IOException, InterruptedException {
    String batch = batches.poll(Await.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    if (batch == null) {
      throw new AssertionError("nothing is pushed");
    }
    return Push.of(batch, System.nanoTime());
  }

  /** The next batch pushed in time, or null. */
  Push push(Duration atMost) throws IOException, InterruptedException {
    String batch = batches.poll(atMost.toMillis(), TimeUnit.MILLISECONDS);
    return batch == null ? null : Push.of(batch, System.nanoTime());
  }

  /** Asserts that no batch is pushed for a while. */
  void assertNothingIsPushed(Duration so) throws InterruptedException {
    Thread.sleep(so.toMillis());
    assertThat(batches).isEmpty();
  }

  /** Asserts that the broker closes this connection without having written anything more. */
  void assertEnded() throws InterruptedException {
    assertThat(line()).isEqualTo(END);
  }

  /** Waits for the end of the connection, in any form; returns the lines before it. */
  List<String> linesToEnd() throws InterruptedException {
    List<String> all = new ArrayList<>();
    for (String line = line(); !line.equals(END) && !line.equals(RESET); line = line()) {
      all.add(line);
    }
    return all;
  }

  boolean nothingCame() {
    return lines.isEmpty();
  }

  // ---- whole values ---------------------------------------------------------------------------

  /**
   * Sends a value, given without its closing brace, with a confirm; returns the answer's error, or
   * an empty string.
   */
  String ask(String openValue) throws IOException, InterruptedException {
    String confirm = "c" + CONFIRMS.incrementAndGet();
    String separator = openValue.endsWith("{") ? "" : ",";
    send(openValue + separator + "\"Confirm\":\"" + confirm + "\"}");
    String answer = line();
    if (answer.equals("{\"confirm\":\"" + confirm + "\"}\n")) {
      return "";
    }
    Matcher refusal = REFUSAL.matcher(answer);
    assertThat(refusal.matches()).as(answer).isTrue();
    assertThat(refusal.group(1)).isEqualTo(confirm);
    code = refusal.group(3);
    return refusal.group(2);
  }

  /** Sends a request that is refused; returns the code of the answer. */
  String refused(String openValue) throws IOException, InterruptedException {
    assertThat(ask(openValue)).as("error").isNotEmpty();
    return code;
  }

  /** The outcome of a value with a confirm. */
  enum Outcome {
    CONFIRMED,
    REFUSED,
    /** The connection ended before the answer, or the answer is that the outcome is unknown. */
    UNKNOWN
  }

  /**
   * Sends a value and waits for its confirm; false if the connection ends before, and the outcome
   * is unknown.
   */
  boolean isConfirmed(String openValue) throws InterruptedException {
    Outcome outcome = outcome(openValue);
    assertThat(outcome).as(openValue).isNotEqualTo(Outcome.REFUSED);
    return outcome == Outcome.CONFIRMED;
  }

  /** Sends a value, given without its closing brace, and waits for the outcome. */
  Outcome outcome(String openValue) throws InterruptedException {
    String confirm = "c" + CONFIRMS.incrementAndGet();
    try {
      send(openValue + ",\"Confirm\":\"" + confirm + "\"}");
    } catch (IOException gone) {
      return Outcome.UNKNOWN;
    }
    String answer = line();
    if (answer.equals(END) || answer.equals(RESET)) {
      return Outcome.UNKNOWN;
    }
    assertThat(answer).startsWith("{\"confirm\":\"" + confirm + "\"");
    Matcher refusal = REFUSAL.matcher(answer);
    if (!refusal.matches()) {
      return Outcome.CONFIRMED;
    }
    return refusal.group(3).equals("in-doubt") ? Outcome.UNKNOWN : Outcome.REFUSED;
  }

  /** Sends a value and waits until it is confirmed. */
  void confirmed(String openValue) throws IOException, InterruptedException {
    assertThat(ask(openValue)).as("refused").isEmpty();
  }

  /** Publishes messages, each given as a JSON object, and waits until they are confirmed. */
  void publish(String topic, Stream<String> messages) throws IOException, InterruptedException {
    confirmed(
        "{\"Topic\":\"%s\",\"Messages\":[%s]"
            .formatted(topic, messages.collect(Collectors.joining(","))));
  }

  /** Publishes plain messages with these string payloads, in one value. */
  void publish(String topic, String... payloads) throws IOException, InterruptedException {
    publish(topic, Stream.of(payloads).map(payload -> "{\"Payload\":\"" + payload + "\"}"));
  }

  /** Publishes one message with a key. */
  void publishKeyed(String topic, String key, String payload)
      throws IOException, InterruptedException {
    publishKeyed(topic, key, payload, 0);
  }

  void publishKeyed(String topic, String key, String payload, int priority)
      throws IOException, InterruptedException {
    publish(
        topic,
        Stream.of(
            "{\"Key\":\"%s\",\"Payload\":\"%s\",\"Priority\":%d}"
                .formatted(key, payload, priority)));
  }

  /** Publishes one message with a priority. */
  void publish(String topic, int priority, String payload)
      throws IOException, InterruptedException {
    publish(topic, Stream.of("{\"Payload\":\"%s\",\"Priority\":%d}".formatted(payload, priority)));
  }

  /** Acknowledges all of a batch. */
  void acknowledge(Push push) throws IOException, InterruptedException {
    acknowledge(push.topic(), push.subscriber(), push.keys());
  }

  void acknowledge(String topic, String subscriber, List<String> keys)
      throws IOException, InterruptedException {
    confirmed(acks(topic, subscriber, keys));
  }

  static String acks(String topic, String subscriber, List<String> keys) {
    return "{\"Topic\":\"%s\",\"Subscriber\":\"%s\",\"Acks\":[%s]"
        .formatted(
            topic,
            subscriber,
            keys.stream().map(key -> "\"" + key + "\"").collect(Collectors.joining(",")));
  }

  /** Becomes a worker of a subscriber. */
  Peer subscribe(String subscriber) throws IOException, InterruptedException {
    confirmed("{\"Subscriber\":\"" + subscriber + "\",\"Command\":\"SUBSCRIBE\"");
    return this;
  }

  void reconnect(String subscriber) throws IOException, InterruptedException {
    confirmed("{\"Subscriber\":\"" + subscriber + "\",\"Command\":\"RECONNECT\"");
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
