package io.ppmq.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AnswerTest {
  @Test
  void confirmIsRepeated() {
    assertThat(new String(Answer.confirmed("order 7"), UTF_8))
        .isEqualTo("{\"confirm\":\"order 7\"}\n");
  }

  @Test
  void refusalNamesTheReason() {
    assertThat(new String(Answer.refused("7", "no topic \"x\""), UTF_8))
        .isEqualTo("{\"confirm\":\"7\",\"error\":\"no topic \\\"x\\\"\"}\n");
  }

  @Test
  void answerIsOneLineWhateverTheConfirmHolds() {
    String confirm = "a\"b\\c\nd\re\tf\u0000\u00e9\u2028\ud83d\ude00";
    String line = new String(Answer.confirmed(confirm), UTF_8);
    assertThat(line.indexOf('\n')).isEqualTo(line.length() - 1);
    assertThat(Events.requestOf(line).confirm()).isEqualTo(confirm);
  }
}
