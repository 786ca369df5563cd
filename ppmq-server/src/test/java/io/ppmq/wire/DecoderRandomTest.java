package io.ppmq.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.message.Bytes;
import io.ppmq.message.Delivery;
import io.ppmq.message.Message;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Random input; -Dseed=N repeats a run. */
class DecoderRandomTest {
  private static final Limits LIMITS = new Limits(1 << 20, 1 << 20);
  private static final long SEED = Long.getLong("seed", System.nanoTime());

  private final Random random = new Random(SEED);

  DecoderRandomTest() {
    System.out.println("DecoderRandomTest: -Dseed=" + SEED);
  }

  private <T> T oneOf(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }

  private String space() {
    return random.nextInt(4) > 0 ? "" : oneOf(List.of(" ", "\n", "\r\n", "\t", "  \n "));
  }

  private String anyCase(String name) {
    StringBuilder mixed = new StringBuilder(name);
    for (int i = 0; i < name.length(); i++) {
      if (random.nextBoolean()) {
        mixed.setCharAt(i, Character.toUpperCase(name.charAt(i)));
      }
    }
    return mixed.toString();
  }

  /** Text of all kinds of characters, never half a surrogate pair. */
  private String text() {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(20); i > 0; i--) {
      text.append(
          oneOf(
              List.of(
                  "a",
                  "longer than a word",
                  "\"",
                  "\\",
                  "/",
                  "\n",
                  "\u0000",
                  "\u001f",
                  "{",
                  "]",
                  ",",
                  "é",
                  "\u2028",
                  "\uffff",
                  "\ud83d\ude00")));
    }
    return text.toString();
  }

  /** One of the many ways to write {@code text} as a JSON string. */
  private String quoted(String text) {
    StringBuilder json = new StringBuilder("\"");
    text.codePoints().forEach(c -> json.append(character(c)));
    return json.append('"').toString();
  }

  private String character(int c) {
    int simple = "\"\\/\b\f\n\r\t".indexOf(c);
    String plain = Character.toString(c);
    if (c != '"' && c != '\\' && c >= ' ' && random.nextInt(10) > 0) {
      return plain;
    } else if (simple >= 0 && random.nextBoolean()) {
      return "\\" + "\"\\/bfnrt".charAt(simple);
    }
    StringBuilder hex = new StringBuilder();
    plain.chars().forEach(half -> hex.append("\\u%04x".formatted(half)));
    return hex.toString();
  }

  private String anyJson(int depth) {
    return switch (random.nextInt(depth > 4 ? 5 : 7)) {
      case 0 -> quoted(text());
      case 1 -> oneOf(List.of("true", "false", "null"));
      case 2 -> Integer.toString(random.nextInt());
      case 3 ->
          oneOf(List.of("0", "-0", "1.5", "-2.5e-10", "1E+3", "123456789012345678901234567890"));
      case 4 -> oneOf(List.of("{}", "[]", "\"\""));
      case 5 -> list("[", "]", () -> anyJson(depth + 1));
      default ->
          list("{", "}", () -> quoted(text()) + space() + ":" + space() + anyJson(depth + 1));
    };
  }

  private String list(String open, String close, Supplier<String> element) {
    List<String> elements = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      elements.add(space() + element.get() + space());
    }
    return open + (elements.isEmpty() ? space() : String.join(",", elements)) + close;
  }

  private String fields(List<String> fields) {
    List<String> spaced = new ArrayList<>();
    for (String field : fields) {
      if (random.nextInt(4) == 0) {
        spaced.add(space() + quoted("x" + text()) + space() + ":" + anyJson(0));
      }
      spaced.add(space() + field + space());
    }
    return "{" + String.join(",", spaced) + "}";
  }

  private String field(String name, String json) {
    return '"' + anyCase(name) + '"' + space() + ":" + space() + json;
  }

  /** A request, and one of the ways to write it. */
  private record Sample(Request request, String json) {}

  private Sample sample() {
    List<Message> messages = new ArrayList<>();
    List<String> texts = new ArrayList<>();
    for (int i = random.nextInt(5); i > 0; i--) {
      message(messages, texts);
    }
    String topic = "t" + text();
    String subscriber = "s" + text();
    List<String> acks = IntStream.range(0, random.nextInt(4)).mapToObj(i -> text()).toList();
    List<String> nacks = IntStream.range(0, random.nextInt(3)).mapToObj(i -> "n" + text()).toList();
    List<String> extend =
        IntStream.range(0, random.nextInt(3)).mapToObj(i -> "e" + text()).toList();
    String reason = random.nextBoolean() ? text() : "";
    String confirm = random.nextBoolean() ? text() : null;
    String command = random.nextBoolean() ? oneOf(List.of("CONNECT", "RECONNECT")) : null;
    List<String> fields = new ArrayList<>();
    fields.add(field("topic", quoted(topic)));
    fields.add(field("messages", "[" + space() + String.join("," + space(), texts) + "]"));
    fields.add(field("subscriber", quoted(subscriber)));
    fields.add(field("acks", array(acks)));
    fields.add(field("nacks", array(nacks)));
    fields.add(field("extend", array(extend)));
    fields.add(field("reason", quoted(reason)));
    fields.add(field("retryafter", quoted("1.5s")));
    fields.add(field("confirm", confirm == null ? "null" : quoted(confirm)));
    fields.add(field("command", command == null ? "null" : quoted(command)));
    Collections.shuffle(fields, random);
    Request.Nacks told =
        nacks.isEmpty()
            ? Request.Nacks.NONE
            : new Request.Nacks(bytes(nacks), 1500, reason.isEmpty() ? null : reason);
    return new Sample(
        new Request(
            topic, messages, subscriber, bytes(acks), told, bytes(extend), command, 0, confirm),
        fields(fields));
  }

  private String array(List<String> keys) {
    return "[" + String.join(",", keys.stream().map(this::quoted).toList()) + "]";
  }

  private static List<Bytes> bytes(List<String> keys) {
    return keys.stream().map(Bytes::utf8).toList();
  }

  private void message(List<Message> messages, List<String> texts) {
    String key = text();
    String payload = anyJson(0);
    Instant expires =
        random.nextBoolean()
            ? null
            : Instant.ofEpochSecond(random.nextInt(), random.nextInt(1_000_000_000));
    int priority = random.nextInt();
    List<String> fields = new ArrayList<>();
    fields.add(field("key", quoted(key)));
    fields.add(field("payload", payload));
    fields.add(field("expires", expires == null ? "\"\"" : quoted(expires.toString())));
    fields.add(field("priority", Integer.toString(priority)));
    Collections.shuffle(fields, random);
    texts.add(fields(fields));
    messages.add(
        new Message(
            key.isEmpty() ? null : Bytes.utf8(key),
            Bytes.utf8(payload.replace("\n", "").replace("\r", "")),
            expires,
            priority));
  }

  private int[] cuts(int length) {
    return random.ints(random.nextInt(5), 0, length + 1).sorted().toArray();
  }

  @Test
  void requestsComeOutAsTheyWentIn() {
    for (int round = 0; round < 2000; round++) {
      Sample one = sample();
      Sample two = sample();
      String input = one.json() + space() + two.json() + space();
      byte[] bytes = input.getBytes(UTF_8);
      assertThat(Events.of(LIMITS, bytes, cuts(bytes.length)))
          .as("seed %d, round %d", SEED, round)
          .containsExactly(event(one), event(two));
    }
  }

  private static String event(Sample sample) {
    int length = sample.json().getBytes(UTF_8).length;
    return "request of " + length + " bytes: " + Events.text(sample.request());
  }

  @Test
  void damagedInputIsJudgedAsByThePlainParser() {
    int sound = 0;
    for (int round = 0; round < 5000; round++) {
      StringBuilder json = new StringBuilder(sample().json());
      int at = 1 + random.nextInt(json.length() - 2);
      json.setCharAt(at, "\"\\,:[]{}0az \n".charAt(random.nextInt(13)));
      byte[] bytes = json.toString().getBytes(UTF_8);
      List<String> lines = Events.of(LIMITS, bytes, cuts(bytes.length));
      boolean isJson = isJson(new String(bytes, UTF_8));
      // Half a surrogate pair may be left, which is written as '?': still JSON.
      assertThat(lines.stream().noneMatch(line -> line.startsWith("broken")))
          .as("seed %d, round %d: %s gives %s", SEED, round, json, lines)
          .isEqualTo(isJson);
      sound += isJson ? 1 : 0;
    }
    assertThat(sound).isBetween(500, 4500);
  }

  private static boolean isJson(String text) {
    try {
      return JsonOracle.parse(text) instanceof Map;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  @Test
  void randomBytesNeverThrowAndAreJudgedTheSameWhereverTheyAreSplit() {
    byte[] alphabet = "{}[]\",:\\u0e1-. \n\u00e9topic".getBytes(UTF_8);
    for (int round = 0; round < 20_000; round++) {
      byte[] bytes = new byte[1 + random.nextInt(60)];
      random.nextBytes(bytes);
      if (round % 4 > 0) {
        for (int i = 0; i < bytes.length; i++) {
          bytes[i] = alphabet[random.nextInt(alphabet.length)];
        }
        bytes[0] = '{';
      }
      Limits limits = new Limits(5, 2 + random.nextInt(60));
      assertThat(Events.of(limits, bytes, cuts(bytes.length)))
          .as("seed %d, round %d", SEED, round)
          .isEqualTo(Events.of(limits, bytes));
    }
  }

  @Test
  void batchesAreJsonThatSaysTheSame() {
    for (int round = 0; round < 1000; round++) {
      List<Delivery> batch = new ArrayList<>();
      List<Object> expected = new ArrayList<>();
      for (Message message : sample().request().messages()) {
        Bytes key = Bytes.utf8(text());
        int priority = random.nextInt(3);
        batch.add(new Delivery(key, message.payload(), null, priority, 1));
        Object payload = JsonOracle.parse(message.payload().text());
        expected.add(
            priority == 0
                ? Map.of("Key", key.text(), "Payload", payload)
                : Map.of("Key", key.text(), "Payload", payload, "Priority", number(priority)));
      }
      String topic = text();
      ByteBuffer out = ByteBuffer.allocate(1 << 20);
      assertThat(new BatchEncoder(BatchEncoder.opening(topic, "s"), batch).encode(out)).isTrue();
      String line = new String(out.array(), 0, out.position(), UTF_8);
      assertThat(JsonOracle.parse(line))
          .as("seed %d, round %d", SEED, round)
          .isEqualTo(Map.of("topic", topic, "subscriber", "s", "messages", expected));
      assertThat(line.indexOf('\n')).isEqualTo(line.length() - 1);
    }
  }

  private static JsonOracle.Scalar number(int number) {
    return new JsonOracle.Scalar(Integer.toString(number));
  }
}
