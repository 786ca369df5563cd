package io.ppmq.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonReaderTest {
  private static JsonReader reader(String json) {
    return new JsonReader(json.getBytes(UTF_8));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0",
        "-0.5e+10",
        "12E3",
        "true",
        "false",
        "null",
        "\"\"",
        "\"\\u00e9\\\"\\\\\"",
        "{}",
        "[]",
        "[1, [2,{}] ]",
        "{\"a\" : {\"b\":[null]} , \"\":\"é\"}"
      })
  void valueIsTakenAsItWasWritten(String json) throws ProtocolException {
    JsonReader reader = reader(" \t\r\n" + json + " ");
    assertThat(reader.rawValue()).isEqualTo(json);
    reader.end();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "01",
        "-",
        "1.",
        ".5",
        "1e",
        "tru",
        "nul",
        "nill",
        "\"",
        "\"\\x\"",
        "\"\\u12g4\"",
        "\"\n\"",
        "{",
        "[",
        "[1",
        "[1,]",
        "[,1]",
        "[1 2]",
        "{\"a\"}",
        "{\"a\":}",
        "{a:1}",
        "{\"a\":1,}",
        "{\"a\":1 \"b\":2}",
        "[1}",
        "}",
        "1 2",
        "1},{\"Payload\":2",
        "'a'",
        "+1"
      })
  void whatIsNotOneValueIsRefused(String json) {
    assertThatThrownBy(() -> OutgoingMessage.json(json))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("byte");
  }

  @Test
  void halfASurrogatePairIsNoOtherCharacter() {
    assertThatThrownBy(() -> OutgoingMessage.json("[\"" + '\ud83d' + "\"]"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("surrogate");
    assertThat(OutgoingMessage.json("[\"\\ud83d\"]").payload()).isEqualTo("[\"\\ud83d\"]");
    assertThat(OutgoingMessage.text("" + '\ud83d').payload()).isEqualTo("\"\\ud83d\"");
  }

  @Test
  void nestingIsBounded() throws ProtocolException {
    int max = JsonReader.DEPTH_MAX;
    reader("[".repeat(max) + "1" + "]".repeat(max)).skipValue();
    assertThatThrownBy(() -> reader("[".repeat(1_000_000)).skipValue())
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining("nested deeper");
  }

  @Test
  void brokenUtf8IsRefused() {
    byte[] bytes = {'"', (byte) 0xc3, '"'};
    assertThatThrownBy(() -> new JsonReader(bytes).string())
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining("UTF-8");
  }

  @Test
  void everyStringComesBackFromItsJson() {
    long seed = Long.getLong("seed", System.nanoTime());
    System.out.println("-Dseed=" + seed);
    Random random = new Random(seed);
    for (int i = 0; i < 2_000; i++) {
      StringBuilder text = new StringBuilder();
      for (int length = random.nextInt(20); length > 0; length--) {
        int bits = 1 + random.nextInt(16); // few bits: control characters; many: surrogates
        text.append((char) random.nextInt(1 << bits));
      }
      String payload = OutgoingMessage.text(text.toString()).payload();
      ReceivedMessage received = new ReceivedMessage("k", payload, null, 0, 1);
      assertThat(received.payloadText()).isEqualTo(text.toString());
    }
  }

  @Test
  void valuesAreCutOutOfAStreamWhateverIsInThem() throws IOException {
    String first = "{\"a\":\"}\\\"]{\\\\\",\"b\":[{},[\"[\"]]}";
    String second = "{\n}";
    byte[] stream = (" " + first + second + "\n" + first + " {\"cut").getBytes(UTF_8);
    ReadableByteChannel channel = Channels.newChannel(new ByteArrayInputStream(stream));
    ValueFramer framer = new ValueFramer(100);
    assertThat(framer.read(channel)).isEqualTo(stream.length);
    for (String expected : new String[] {first, second, first}) {
      assertThat(framer.next().rawValue()).isEqualTo(expected);
    }
    assertThat(framer.next()).isNull();
    assertThat(framer.isWithinValue()).isTrue();
  }
}
