package io.ppmq.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.client.ReceivedMessage;
import org.junit.jupiter.api.Test;

class MessageLineTest {
  @Test
  void lineHoldsNothingThatATerminalObeys() {
    ReceivedMessage message =
        new ReceivedMessage("\u009b31m\u202ek", "\"\u009b31m\u202egnp.exe\u0085\"", null, 0, 1);
    assertThat(MessageLine.of("t", message))
        .isEqualTo(
            "{\"topic\":\"t\",\"key\":\"\\u009b31m\\u202ek\","
                + "\"payload\":\"\\u009b31m\\u202egnp.exe\\u0085\",\"priority\":0,\"attempt\":1}");
  }

  /** An escape between two tokens would be no JSON any more. */
  @Test
  void whiteSpaceBetweenTokensStaysWhiteSpace() {
    assertThat(MessageLine.shown("{\"a\":\t1,\r\n\"b\"\t:\"\\t\u2028\"}"))
        .isEqualTo("{\"a\": 1,  \"b\" :\"\\t\\u2028\"}");
  }
}
