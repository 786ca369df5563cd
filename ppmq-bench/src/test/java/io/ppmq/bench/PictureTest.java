package io.ppmq.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class PictureTest {
  private static final Path DOCS = Path.of("..", "docs").toAbsolutePath().normalize();

  @Test
  void pictureOfTheDocumentsIsDrawnFromTheirTables() throws Exception {
    String tables = Files.readString(DOCS.resolve("PERFORMANCE.md"));
    assertThat(DOCS.resolve("performance.svg"))
        .as("draw it again with: bench/run draw")
        .hasContent(Picture.of(tables));
  }

  @Test
  void barsAreAsLongAsTheirNumbers() {
    String picture =
        Picture.of(
            """
            <!-- compare: begin -->
            2 × CPU, on a day.

            **synced before the confirm**

            | broker | messages/s | ppMQ is | broker CPU µs |
            |---|--:|--:|--:|
            | ppMQ | 1,000 | 1.00 × | 2.5 |
            | ppMQ, bare sockets | 4,000 | 0.25 × | 1.5 |
            | other | 500 | 2.00 × | 5.0 |
            <!-- compare: end -->
            """);
    assertThat(picture)
        .contains("class=\"bar ours\" x=\"160\" y=\"36\" width=\"270\"")
        .contains("class=\"bar\" x=\"160\" y=\"62\" width=\"135\"")
        .doesNotContain("bare sockets");
  }
}
