package io.ppmq.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The archives of loaded classes. */
class ArchiveIT {
  private static final Path HOME = Path.of(System.getProperty("ppmq.home"));

  /** A class whose name is in the archive of a JVM that has loaded it. */
  private static final String OF_RATIS = "org/apache/ratis/grpc/server/GrpcLogAppender";

  @AfterEach
  void remove() throws Exception {
    for (Path file : files("-cluster\\..*")) {
      Files.delete(file);
    }
  }

  @Test
  void aNodeHasTheClassesOfTheClusterAndABrokerThatIsAloneHasNot() throws Exception {
    ProcessBuilder launcher =
        new ProcessBuilder(HOME.resolve("bin/ppmq").toString(), "--make-archive", "cluster");
    launcher.environment().put("JAVA_HOME", System.getProperty("java.home"));

    assertThat(launcher.inheritIO().start().waitFor()).isZero();

    assertThat(files("-cluster\\.(jsa|aot)")).hasSize(1).allMatch(ArchiveIT::holdsRatis);
    assertThat(files("\\.(jsa|aot)")).isNotEmpty().noneMatch(ArchiveIT::holdsRatis);
  }

  private static List<Path> files(String end) throws IOException {
    try (Stream<Path> files = Files.list(HOME.resolve("lib"))) {
      return files
          .filter(file -> file.getFileName().toString().matches("ppmq-[0-9][0-9.+_]*" + end))
          .toList();
    }
  }

  private static boolean holdsRatis(Path archive) {
    try {
      return Files.readString(archive, ISO_8859_1).contains(OF_RATIS);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
