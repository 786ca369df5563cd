package io.ppmq.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.config.ConfigFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WritableDirectoriesTest {
  @TempDir private Path made;

  private Path dir;
  private Path open;
  private Path inner;

  @BeforeEach
  void makeDirectories() throws Exception {
    dir = made.toRealPath();
    open = Files.createDirectory(dir.resolve("open"));
    inner = Files.createDirectory(open.resolve("inner"));
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
    Files.createDirectory(dir.resolve("own"));
  }

  @Test
  void directoryOfEachFileIsWarnedOf() throws Exception {
    for (String key : List.of("ServerSocket", "Admin", "MetricsFile", "DataPath")) {
      assertThat(warnings(key, open + "/x.prom")).containsExactly(warning(key));
    }
    assertThat(warnings("DataPath", open.toString()))
        .containsExactly(warning("the files in DataPath"));
    assertThat(warnings("Subscribers", "[{Name: s, Socket: " + open + "/s}]"))
        .containsExactly(warning("Socket of subscriber s"));
  }

  @Test
  void directoryFurtherUpIsWarnedOf() throws Exception {
    assertThat(warnings("ServerSocket", inner + "/x"))
        .containsExactly(warning("the path to ServerSocket"));
    assertThat(warnings("ServerSocket", open + "/missing/x"))
        .containsExactly(warning("the path to ServerSocket"));
    assertThat(warnings("DataPath", inner.toString())).containsExactly(warning("DataPath"));
  }

  @Test
  void directoryOfLinkIsWarnedOfAndThatOfItsTarget() throws Exception {
    Path theirs = Files.createSymbolicLink(open.resolve("link"), dir.resolve("own"));
    assertThat(warnings("ServerSocket", theirs + "/x"))
        .containsExactly(warning("the path to ServerSocket"));
    Path into = Files.createSymbolicLink(dir.resolve("own/link"), Path.of("../open/inner"));
    assertThat(warnings("ServerSocket", into + "/x"))
        .containsExactly(warning("the path to ServerSocket"));
    Path round = Files.createSymbolicLink(dir.resolve("own/round"), Path.of("round"));
    assertThat(warnings("ServerSocket", round + "/x")).isEmpty();
  }

  @Test
  void directoryOfTheOwnerAloneIsNotAndWhatIsNoDirectory() throws Exception {
    assertThat(warnings("ServerSocket", dir + "/own/x")).isEmpty();
    assertThat(warnings("DataPath", "/dev/null")).isEmpty();
  }

  private String warning(String what) {
    return "every user may write to directory "
        + open
        + ", and replace "
        + what
        + ": remove that permission, or make the directory sticky (chmod +t)";
  }

  /** Of a configuration whose files are in a directory of the owner alone, but for one. */
  private List<String> warnings(String key, String value) throws Exception {
    StringBuilder text = new StringBuilder();
    for (String line :
        List.of(
            "ServerSocket: " + dir + "/own/socket",
            "DataPath: " + dir + "/own/data",
            "Subscribers: [{Name: s}]",
            key + ": " + value)) {
      if (!line.startsWith(key + ": ") || line.endsWith(value)) {
        text.append(line).append('\n');
      }
    }
    Path file = Files.writeString(dir.resolve("ppmq.yaml"), text + "Topics: []\n");
    return WritableDirectories.warnings(ConfigFile.load(file).config());
  }
}
