package io.ppmq.cli.admin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.cli.output.JsonTree;
import java.io.IOException;
import org.junit.jupiter.api.Test;

final class VerificationTextTest {
  private static String of(boolean equal, boolean agree, String silent) throws IOException {
    String json =
        "{\"equal\":%s,\"agree\":%s,\"index\":12,\"digests\":{},\"silent\":[%s]}"
            .formatted(equal, agree, silent);
    return VerificationText.of(JsonTree.parse(json.getBytes(UTF_8)));
  }

  @Test
  void allAreEqual() throws IOException {
    assertThat(of(true, true, "")).isEqualTo("all nodes hold the same data after entry 12");
  }

  @Test
  void aNodeThatDoesNotAnswerDoesNotDiffer() throws IOException {
    assertThat(of(false, true, "\"b\""))
        .isEqualTo("no answer from b; the nodes that answered hold the same data after entry 12");
  }

  @Test
  void nodesDiffer() throws IOException {
    assertThat(of(false, false, ""))
        .isEqualTo(
            "the nodes do not all hold the same data after entry 12 (--json shows the digests)");
    assertThat(of(false, false, "\"a\",\"b\"")).endsWith("digests); no answer from a, b");
  }
}
