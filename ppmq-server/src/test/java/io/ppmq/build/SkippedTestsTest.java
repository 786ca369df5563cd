package io.ppmq.build;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.build.SkippedTests.Skipped;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SkippedTestsTest {
  private static final String REPORT =
      """
      <testsuite name="io.ppmq.it.TopIT">
        <testcase name="isDrawn" classname="io.ppmq.it.TopIT" time="0.1"/>
        <testcase name="isDriven(Storage)[1]" classname="io.ppmq.it.TopIT" time="0.1">
          <skipped type="x"><![CDATA[x: Assumption failed: needs tmux
      	at somewhere]]></skipped>
        </testcase>
        <testcase name="isDriven(Storage)[2]" classname="io.ppmq.it.TopIT" time="0.1">
          <skipped message="Assumption failed: needs tmux"/>
        </testcase>
        <testcase name="" classname="io.ppmq.it.AccessIT" time="0.0">
          <skipped message="needs &quot;root&quot;"/>
        </testcase>
      </testsuite>
      """;

  @TempDir Path tree;

  @Test
  void areReadFromTheReportsOfEveryModule() throws Exception {
    Path reports = Files.createDirectories(tree.resolve("some/target/failsafe-reports"));
    Files.writeString(reports.resolve("TEST-io.ppmq.it.TopIT.xml"), REPORT);
    List<Skipped> found = SkippedTests.of(tree);
    assertThat(found)
        .containsExactly(
            new Skipped("io.ppmq.it.AccessIT", "needs \"root\""),
            new Skipped("io.ppmq.it.TopIT#isDriven", "needs tmux"));
    assertThat(SkippedTests.text(found))
        .contains("\n  io.ppmq.it.AccessIT needs \"root\" (1)")
        .endsWith("\n  io.ppmq.it.TopIT needs tmux (1)");
  }

  @Test
  void noneIsSaidToo() throws Exception {
    assertThat(SkippedTests.text(SkippedTests.of(tree))).isEqualTo("No test was skipped.");
  }
}
