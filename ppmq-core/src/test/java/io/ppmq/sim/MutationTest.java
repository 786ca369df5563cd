package io.ppmq.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The reading of planted bugs. */
class MutationTest {
  private static final String HEADER =
      """
      diff --git a/ppmq-core/src/A.java b/ppmq-core/src/A.java
      --- a/ppmq-core/src/A.java
      +++ b/ppmq-core/src/A.java
      """;

  @TempDir private Path project;

  @BeforeEach
  void begin() throws IOException {
    Files.createDirectories(project.resolve("src/test/mutations"));
    Files.writeString(project.resolve("src/A.java"), "one\ntwo\nthree\nfour\n");
  }

  private Mutation patch(String text) throws IOException {
    Files.writeString(project.resolve("src/test/mutations/bug.patch"), text);
    return Mutation.named(project, "bug");
  }

  @Test
  void sentenceAndOptionsAreInTheFirstLine() throws IOException {
    Mutation bug = patch("It goes (twice) wrong. (--cluster --life-events 9)\n" + HEADER);

    assertThat(bug.sentence()).isEqualTo("It goes (twice) wrong.");
    assertThat(bug.options()).containsExactly("--cluster", "--life-events", "9");
  }

  @Test
  void everyHunkOfFileThatIsNamedTwiceIsApplied() throws IOException {
    Mutation bug =
        patch(
            "Wrong.\n"
                + HEADER
                + "@@ -1,2 +1,2 @@\n-one\n+1\n two\n"
                + HEADER
                + "@@ -3,2 +3,2 @@\n three\n-four\n+4\n");

    assertThat(bug.patched()).containsEntry("src/A.java", "1\ntwo\nthree\n4\n");
  }

  @Test
  void hunkThatFitsNowhereIsRefused() {
    assertThatThrownBy(() -> patch("Wrong.\n" + HEADER + "@@ -1 +1 @@\n-five\n+5\n"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("bug.patch does not fit src/A.java");
  }
}
