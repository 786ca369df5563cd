package io.ppmq.guide;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.config.ConfigKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GuideSiteTest {
  private static final Path REPOSITORY = Path.of("..").toAbsolutePath().normalize();
  private static final Pattern LINK = Pattern.compile("(?:href|src)=\"([^\"]*)\"");

  @TempDir private Path site;

  @BeforeEach
  void write() throws IOException {
    GuideSite.write(REPOSITORY, site);
  }

  private List<Path> pages() throws IOException {
    try (Stream<Path> files = Files.list(site)) {
      return files.filter(file -> file.toString().endsWith(".html")).toList();
    }
  }

  @Test
  void everyPageOfTheGuideIsInTheSite() throws Exception {
    try (Stream<Path> sources = Files.list(REPOSITORY.resolve("docs/guide"))) {
      assertThat(sources.map(file -> file.getFileName().toString().replace(".md", "")))
          .containsExactlyInAnyOrderElementsOf(GuideSite.GUIDE);
    }
  }

  @Test
  void everyLinkWithinTheSiteLeadsToAFile() throws Exception {
    for (Path page : pages()) {
      Matcher link = LINK.matcher(Files.readString(page));
      while (link.find()) {
        String to = link.group(1).replaceFirst("#.*", "");
        if (!to.contains("://") && !to.isEmpty()) {
          assertThat(site.resolve(to)).as("a link in " + page.getFileName()).exists();
        }
      }
    }
  }

  @Test
  void pagesLoadNothingFromElsewhere() throws Exception {
    for (Path page : pages()) {
      assertThat(Files.readString(page))
          .doesNotContain("<script", "src=\"http", "<link rel=\"stylesheet\" href=\"http");
    }
  }

  @Test
  void everyKeyIsInTheReference() throws Exception {
    String reference = Files.readString(site.resolve("configuration.html"));
    for (ConfigKeys.Place place : ConfigKeys.places()) {
      assertThat(place.keys().keySet())
          .allSatisfy(key -> assertThat(reference).contains("<code>" + key + "</code>"));
    }
  }

  @Test
  void filesThatAreIncludedAreShown() throws Exception {
    assertThat(Files.readString(site.resolve("subscribers.html")))
        .contains("def work(message):", "ListenStream=/run/ppmq/example.socket");
  }
}
