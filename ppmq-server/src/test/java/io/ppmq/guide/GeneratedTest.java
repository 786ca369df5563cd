package io.ppmq.guide;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class GeneratedTest {
  private static final Path REPOSITORY = Path.of("..").toAbsolutePath().normalize();

  static List<String> pages() {
    return GuideSite.GUIDE;
  }

  /** With -Dguide.write=true it writes the pages instead. */
  @ParameterizedTest
  @MethodSource("pages")
  void generatedPartsAreWhatTheirSourcesSay(String name) throws Exception {
    Path page = REPOSITORY.resolve("docs/guide/" + name + ".md");
    String again = Generated.again(Files.readString(page), REPOSITORY);
    if (Boolean.getBoolean("guide.write")) {
      Files.writeString(page, again);
    }
    assertThat(page).as("docs/generate makes it again").hasContent(again);
  }
}
