package io.ppmq.wire;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.ppmq.message.Bytes;
import io.ppmq.message.Delivery;
import io.ppmq.message.Message;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * The properties of any bytes on a connection; {@code ./ppmq-fuzz} looks for bytes that break them.
 *
 * <ul>
 *   <li>A value is taken exactly if the plain parser takes it, with the same meaning.
 *   <li>A subscriber gets the JSON value that the producer sent.
 *   <li>The places where the bytes are cut do not matter, for any limits.
 *   <li>All room is given back.
 * </ul>
 */
public final class DecoderFuzz {
  private static final Limits WIDE = new Limits(4 << 20, 16 << 20);
  private static final int BYTEWISE_MAX = 1024;

  /** One parser for all connections, as in the listener, so that a leak shows. */
  private static final ValueParser PARSER = new ValueParser(WIDE);

  /** Has room for one decoder, and only while no other keeps anything. */
  private static final InputBudget BUDGET =
      new InputBudget(new InputPool.Division(InputBudget.SMALL_BYTES_MAX, 0, 0), () -> true);

  private DecoderFuzz() {}

  /** Called by the fuzzer for each input; throws if a property does not hold. */
  public static void fuzzerTestOneInput(byte[] input) {
    Told told = feed(PARSER, BUDGET, input);
    Decoder probe = new Decoder(PARSER, BUDGET, new Told());
    check(probe.room() > 0 && !BUDGET.hasTurn(probe), "room was not given back");
    probe.close();
    new Judge(input).judge(told.events);
    told.requests.forEach(DecoderFuzz::checkWrittenAsRead);
    Random random = new Random(Arrays.hashCode(input));
    checkCuts(WIDE, input, random);
    checkCuts(new Limits(random.nextInt(12), 2 + random.nextInt(100)), input, random);
  }

  private static void check(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }

  // ---- cuts -----------------------------------------------------------------------------------

  private static void checkCuts(Limits limits, byte[] input, Random random) {
    List<String> whole = Events.of(limits, input);
    int[] cuts = random.ints(random.nextInt(8), 0, input.length + 1).sorted().toArray();
    checkSame(whole, Events.of(limits, input, cuts), "cut at " + Arrays.toString(cuts));
    if (input.length <= BYTEWISE_MAX) {
      int[] all = new int[input.length];
      Arrays.setAll(all, i -> i);
      checkSame(whole, Events.of(limits, input, all), "cut everywhere");
    }
  }

  private static void checkSame(List<String> whole, List<String> cut, String how) {
    check(whole.equals(cut), how + " it is " + cut + "\nand whole it is " + whole);
  }

  // ---- what was said --------------------------------------------------------------------------

  /** A report of the decoder; either {@code request} or {@code refusal} is present. */
  private record Event(
      long offset,
      int bytes,
      @Nullable Request request,
      @Nullable Refusal refusal,
      boolean closes) {}

  private static final class Told implements Sink {
    final List<Event> events = new ArrayList<>();
    final List<Request> requests = new ArrayList<>();

    @Override
    public void request(Request request, long offset, int bytes) {
      requests.add(request);
      events.add(new Event(offset, bytes, request, null, false));
    }

    @Override
    public void refused(Refusal refusal) {
      events.add(new Event(refusal.offset(), 0, null, refusal, false));
    }

    @Override
    public void skipped(Refusal refusal) {
      check(refusal.confirm() != null, "an answer is due to nobody");
    }

    @Override
    public void broken(Refusal refusal) {
      events.add(new Event(refusal.offset(), 0, null, refusal, true));
    }

    @Override
    public void roomAgain() {
      throw new AssertionError("nobody waited for room");
    }

    @Override
    public boolean isRead() {
      return true;
    }

    @Override
    public void stalled() {
      throw new AssertionError("nobody waits");
    }
  }

  private static Told feed(ValueParser parser, InputBudget budget, byte[] input) {
    Told told = new Told();
    Decoder decoder = new Decoder(parser, budget, told);
    int at = 0;
    boolean open = true;
    while (open && at < input.length) {
      int to = Math.min(input.length, at + decoder.room());
      check(to > at, "a single decoder has no room");
      open = decoder.feed(input, at, to);
      at = to;
    }
    decoder.end();
    decoder.close();
    return told;
  }

  // ---- against the plain parser ---------------------------------------------------------------

  /** Walks through the input with the plain parser, as far as both agree. */
  private static final class Judge {
    private static final JsonOracle.Scalar NULL = new JsonOracle.Scalar("null");

    private final byte[] input;
    private final String text;
    private int at;

    Judge(byte[] input) {
      this.input = input;
      this.text = new String(input, ISO_8859_1);
    }

    void judge(List<Event> events) {
      for (Event event : events) {
        skipSpace();
        if (event.request() != null) {
          taken(event);
        } else if (event.closes()) {
          check(!startsWithValue(), "is JSON, and was broken: " + event.refusal());
          return;
        } else if (isSkippedUnread(event.refusal().reason())) {
          return;
        } else {
          at = JsonOracle.end(text, at);
        }
        check(event.offset() <= input.length, "an offset beyond the input");
      }
      skipSpace();
      check(at == input.length, "nothing was said of what comes from " + at + " on");
    }

    /** A value refused for these reasons need not be JSON otherwise. */
    private static boolean isSkippedUnread(String reason) {
      return reason.startsWith("broken UTF-8") || reason.startsWith("nested deeper");
    }

    private void skipSpace() {
      while (at < input.length && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
        at++;
      }
    }

    private boolean startsWithValue() {
      try {
        return at < input.length && text.charAt(at) == '{' && JsonOracle.end(text, at) > at;
      } catch (IllegalArgumentException notJson) {
        return false;
      }
    }

    private void taken(Event event) {
      check(event.offset() == at, "a value at " + event.offset() + " and not at " + at);
      String value = new String(input, at, event.bytes(), UTF_8);
      checkMeans(new Fields((Map<?, ?>) JsonOracle.parse(value)), event.request());
      at += event.bytes();
    }

    private static void checkMeans(Fields fields, Request request) {
      checkEqual(name(fields.get("topic")), request.topic(), "Topic");
      checkEqual(name(fields.get("subscriber")), request.subscriber(), "Subscriber");
      checkEqual(name(fields.get("command")), request.command(), "Command");
      checkEqual(shown(fields.get("confirm")), request.confirm(), "Confirm");
      List<String> acks = fields.list("acks").stream().map(Judge::shown).toList();
      checkEqual(acks, request.acks().stream().map(Bytes::text).toList(), "Acks");
      List<?> messages = fields.list("messages");
      checkEqual(messages.size(), request.messages().size(), "the count of messages");
      for (int i = 0; i < messages.size(); i++) {
        checkMeans(new Fields((Map<?, ?>) messages.get(i)), request.messages().get(i));
      }
    }

    private static void checkMeans(Fields fields, Message message) {
      String key = message.key() == null ? null : message.key().text();
      checkEqual(name(fields.get("key")), key, "Key");
      Object payload = fields.has("payload") ? fields.get("payload") : "";
      checkEqual(payload, JsonOracle.parse(message.payload().text()), "Payload");
      boolean mayExpire = shown(fields.get("expires")) != null;
      check(mayExpire || message.expires() == null, "Expires out of nothing");
    }

    private static void checkEqual(@Nullable Object expected, @Nullable Object is, String what) {
      check(Objects.equals(expected, is), what + " is " + is + " and should be " + expected);
    }

    private static @Nullable String name(@Nullable Object value) {
      String name = shown(value);
      return name == null || name.isEmpty() ? null : name;
    }

    /** Half a surrogate pair is not a character: a name or key with one is refused. */
    private static @Nullable String shown(@Nullable Object value) {
      if (value == null || value.equals(NULL)) {
        return null;
      }
      check(UTF_8.newEncoder().canEncode((String) value), "half a surrogate pair was taken");
      return (String) value;
    }
  }

  /** The fields of an object, found in any case; the last one counts. */
  private record Fields(Map<?, ?> all) {
    boolean has(String name) {
      return all.keySet().stream().anyMatch(key -> matches(key, name));
    }

    @Nullable Object get(String name) {
      return all.entrySet().stream()
          .filter(field -> matches(field.getKey(), name))
          .map(Map.Entry::getValue)
          .reduce((first, second) -> second)
          .orElse(null);
    }

    List<?> list(String name) {
      return get(name) instanceof List<?> list ? list : List.of();
    }

    private static boolean matches(Object key, String name) {
      // Unlike equalsIgnoreCase, which takes the Kelvin sign for a k.
      return ((String) key).length() == name.length()
          && ((String) key).chars().allMatch(c -> c < 0x80)
          && ((String) key).toLowerCase(Locale.ROOT).equals(name);
    }
  }

  // ---- and out again --------------------------------------------------------------------------

  private static void checkWrittenAsRead(Request request) {
    List<Delivery> batch = new ArrayList<>();
    List<Object> expected = new ArrayList<>();
    for (Message message : request.messages()) {
      Bytes key = message.key() == null ? Bytes.utf8("0") : message.key();
      int priority = Math.max(0, message.priority());
      batch.add(new Delivery(key, message.payload(), null, priority, 1));
      Object payload = JsonOracle.parse(message.payload().text());
      expected.add(
          priority == 0
              ? Map.of("Key", key.text(), "Payload", payload)
              : Map.of("Key", key.text(), "Payload", payload, "Priority", number(priority)));
    }
    String topic = request.topic() == null ? "" : request.topic();
    String line = encoded(new BatchEncoder(BatchEncoder.opening(topic, "s"), batch));
    check(line.indexOf('\n') == line.length() - 1, "a batch is one line");
    check(
        JsonOracle.parse(line)
            .equals(Map.of("topic", topic, "subscriber", "s", "messages", expected)),
        "written is " + line);
  }

  private static JsonOracle.Scalar number(int number) {
    return new JsonOracle.Scalar(Integer.toString(number));
  }

  private static String encoded(BatchEncoder encoder) {
    StringBuilder line = new StringBuilder();
    ByteBuffer out = ByteBuffer.allocate(31);
    boolean done = false;
    while (!done) {
      out.clear();
      done = encoder.encode(out);
      line.append(new String(out.array(), 0, out.position(), ISO_8859_1));
    }
    return new String(line.toString().getBytes(ISO_8859_1), UTF_8);
  }
}
