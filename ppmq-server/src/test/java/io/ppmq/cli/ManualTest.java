package io.ppmq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The places of the help's texts in the manual pages. */
class ManualTest {
  @TempDir Path directory;
  private String page;

  @BeforeEach
  void write() throws IOException {
    Manual.main(new String[] {directory.toString()});
    page = Files.readString(directory.resolve("man/man1/ppmq-subscribe.1"));
  }

  /** The text from one heading to the next. */
  private String section(String heading) {
    String begun = page.substring(page.indexOf(".SH \"" + heading + "\""));
    int end = begun.indexOf(".SH", 1);
    return end < 0 ? begun : begun.substring(0, end);
  }

  @Test
  void whatStandsBelowTheOptionsInTheHelpIsPartOfTheDescription() {
    assertThat(section("DESCRIPTION")).contains("\n.PP\nWith --exec nothing is printed");
    assertThat(section("OPTIONS")).doesNotContain("nothing is printed");
  }

  @Test
  void theTextOfAFileIsFilledAndExamplesAreNot() {
    assertThat(section("FILES")).contains(".TP\n\\fI\\&./ppmq.yaml, ").doesNotContain(".nf");
    assertThat(section("EXAMPLES")).contains(".nf\nppmq subscribe mailer | jq .payload\n");
  }

  @Test
  void theExitStatusIsASentenceOfItsOwn() {
    assertThat(section("EXIT STATUS")).contains("\n0 stopped by a signal");
  }
}
