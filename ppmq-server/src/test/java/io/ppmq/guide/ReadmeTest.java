package io.ppmq.guide;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReadmeTest {
  private static final Path README = Path.of("..", "README.md").toAbsolutePath().normalize();
  private static final int BYTES_MAX = 7 * 1024;

  @Test
  void readmeIsShort() throws Exception {
    assertThat(Files.size(README)).isLessThanOrEqualTo(BYTES_MAX);
  }

  @Test
  void twoCommandsComeFirst() throws Exception {
    Page readme = Page.read(README);
    assertThat(readme.blocks().get(0).text()).contains("./ppmq demo ").contains("\nmvn verify ");
  }

  /** They are packed each on its own, and a packer does not look outside of its directory. */
  @ParameterizedTest
  @ValueSource(strings = {"go", "node", "python"})
  void clientHasTheLicence(String language) {
    Path client = README.resolveSibling("clients").resolve(language);
    assertThat(client.resolve("LICENSE")).hasSameTextualContentAs(README.resolveSibling("LICENSE"));
  }
}
