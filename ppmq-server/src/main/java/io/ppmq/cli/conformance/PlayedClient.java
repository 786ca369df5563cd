package io.ppmq.cli.conformance;

import io.ppmq.cli.output.JsonText;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One connection to the broker under test. */
final class PlayedClient implements AutoCloseable {
  /** The time that the broker has for any response. */
  static final Duration LIMIT = Duration.ofSeconds(15);

  private final LinkedBlockingQueue<Peer.Arrival> arrivals = new LinkedBlockingQueue<>();
  private final Peer peer;
  private int confirms;

  PlayedClient(Path socket) throws IOException {
    this.peer = Peer.connect(socket, arrivals);
  }

  void write(String text) throws IOException {
    peer.write(text);
  }

  void endOutput() throws IOException {
    peer.endOutput();
  }

  /** The next value; null at the end of the connection. */
  @Nullable Value next() throws Broken, InterruptedException {
    Peer.Arrival arrival = arrivals.poll(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
    if (arrival == null) {
      throw new Broken("nothing came within " + LIMIT.toSeconds() + " s");
    }
    return arrival.value();
  }

  /** Whether the broker sends nothing for this time. */
  boolean isSilent(Duration time) throws InterruptedException {
    Peer.Arrival arrival = arrivals.poll(time.toMillis(), TimeUnit.MILLISECONDS);
    if (arrival != null) {
      arrivals.add(arrival);
    }
    return arrival == null;
  }

  /** The next value, which must be the answer to this confirm string. */
  Value answer(String confirm) throws Broken, InterruptedException {
    Value answer = next();
    if (answer == null) {
      throw new Broken("the connection ended before the answer came");
    }
    Broken.unless(answer.has("confirm"), "it sent something other than an answer");
    Broken.unless(
        answer.text("confirm").equals(confirm),
        "confirm in the answer is not the string of Confirm");
    return answer;
  }

  /** Sends a value and returns its answer, whatever it is. */
  Value ask(Map<String, ?> fields) throws Broken, IOException, InterruptedException {
    String confirm = "c" + ++confirms;
    write(JsonText.of(with(fields, confirm)) + "\n");
    return answer(confirm);
  }

  private static Map<String, Object> with(Map<String, ?> fields, String confirm) {
    Map<String, Object> all = new LinkedHashMap<>(fields);
    all.put("Confirm", confirm);
    return all;
  }

  /** Sends a value that must be confirmed. */
  Value confirmed(Map<String, ?> fields) throws Broken, IOException, InterruptedException {
    Value answer = ask(fields);
    Broken.unless(!answer.has("error"), "it was refused: " + answer.text("error"));
    return answer;
  }

  /** Sends a value that must be refused. */
  void refused(Map<String, ?> fields, String code)
      throws Broken, IOException, InterruptedException {
    String got = ask(fields).text("code");
    Broken.unless(got.equals(code), "the code is \"" + got + "\", not \"" + code + "\"");
  }

  /** The next value, which must be a batch of this many messages. */
  List<Value> batch(int messages) throws Broken, InterruptedException {
    Value batch = next();
    if (batch == null) {
      throw new Broken("the connection ended before a batch came");
    }
    Broken.unless(batch.has("topic"), "it sent something other than a batch");
    List<Value> got = batch.values("messages");
    Broken.unless(
        got.size() == messages, "a batch of " + got.size() + " messages came, not of " + messages);
    return got;
  }

  @Override
  public void close() throws IOException {
    peer.close();
  }
}
