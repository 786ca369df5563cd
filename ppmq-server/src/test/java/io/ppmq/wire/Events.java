package io.ppmq.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.ppmq.message.Bytes;
import io.ppmq.message.Message;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A sink that records its reports as lines. */
final class Events implements Sink {
  final List<String> lines = new ArrayList<>();
  final List<Request> requests = new ArrayList<>();
  int roomAgain;
  int stalled;
  boolean read = true;
  boolean acknowledges;
  InputBudget.@Nullable Share share;

  @Override
  public void request(Request request, long offset, int bytes) {
    requests.add(request);
    lines.add("request of " + bytes + " bytes: " + text(request));
  }

  @Override
  public void refused(Refusal refusal) {
    lines.add("refused: " + text(refusal));
  }

  @Override
  public void skipped(Refusal refusal) {
    lines.add("skipped: " + text(refusal));
  }

  @Override
  public void broken(Refusal refusal) {
    lines.add("broken: " + text(refusal));
  }

  @Override
  public void roomAgain() {
    roomAgain++;
  }

  @Override
  public boolean isRead() {
    return read;
  }

  @Override
  public InputBudget.@Nullable Share share() {
    return share;
  }

  @Override
  public boolean acknowledges() {
    return acknowledges;
  }

  @Override
  public void stalled() {
    stalled++;
  }

  private static String text(Refusal refusal) {
    String confirm = refusal.confirm() == null ? "" : ", confirm " + refusal.confirm();
    return refusal.sentence() + confirm;
  }

  static String text(Request r) {
    return "topic %s, messages %s, subscriber %s, acks %s, command %s, confirm %s"
        .formatted(
            r.topic(),
            r.messages().stream().map(Events::text).toList(),
            r.subscriber(),
            r.acks().stream().map(Bytes::text).toList(),
            r.command(),
            r.confirm());
  }

  static String text(Message m) {
    String key = m.key() == null ? "-" : m.key().text();
    return key + "=" + m.payload().text() + "/" + m.expires() + "/" + m.priority();
  }

  /** All reports of a decoder about {@code input}, fed in pieces that end at {@code cuts}. */
  static List<String> of(Limits limits, byte[] input, int... cuts) {
    Events events = new Events();
    Decoder decoder = new Decoder(new ValueParser(limits), new InputBudget(), events);
    int from = 0;
    for (int cut : cuts) {
      decoder.feed(input, from, cut);
      from = cut;
    }
    decoder.feed(input, from, input.length);
    decoder.end();
    decoder.close();
    return events.lines;
  }

  /** The same with the default limits, fed at once. */
  static List<String> of(String input) {
    return of(new Limits(4 << 20, 16 << 20), input.getBytes(UTF_8));
  }

  /** The only request in {@code input}. */
  static Request requestOf(String input) {
    Events events = new Events();
    Decoder decoder =
        new Decoder(new ValueParser(new Limits(4 << 20, 16 << 20)), new InputBudget(), events);
    byte[] bytes = input.getBytes(UTF_8);
    decoder.feed(bytes, 0, bytes.length);
    if (events.requests.size() != 1 || events.lines.size() != 1) {
      throw new AssertionError("not one request but " + events.lines);
    }
    return events.requests.get(0);
  }
}
