package io.ppmq.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Links at the places of the broker's own files, to files of other users. */
class LinksIT {
  private Site site;
  private Path precious;
  private Path metrics;

  @BeforeEach
  void layOut() throws Exception {
    Requirement.loopback();
    Layout layout = new Layout().topic("t").with("Admin: http://127.0.0.1:" + Browser.freePort());
    site = new Site(Storage.DIRECTORY, layout);
    metrics = Files.createDirectory(site.directory().resolve("metrics")).resolve("ppmq.prom");
    site.configure(layout.with("MetricsFile: " + metrics));
    Files.createDirectory(site.data());
    precious = Files.writeString(site.directory().resolve("precious"), "mine");
  }

  @AfterEach
  void close() throws Exception {
    site.close();
  }

  private static boolean isWritten(Path file) {
    return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) && file.toFile().length() > 0;
  }

  @Test
  void filesThatAreMadeAnewTakeThePlaceOfLinks() throws Exception {
    Path unfinished = metrics.resolveSibling("ppmq.prom.unfinished");
    List<Path> made =
        List.of(
            metrics,
            site.data().resolve("ppmq.token"),
            site.data().resolve("ppmq.admin"),
            site.data().resolve("ppmq.reserve"));
    Files.createSymbolicLink(unfinished, precious);
    for (Path file : made) {
      Files.createSymbolicLink(file, precious);
    }

    site.start();
    site.peer().publish("t", "1");

    for (Path file : made) {
      Await.until("the file " + file, () -> isWritten(file));
    }
    assertThat(precious).hasContent("mine");
    assertThat(unfinished).doesNotExist();
    assertThat(site.broker().terminate()).isZero();
    assertThat(precious).hasContent("mine");
  }

  @Test
  void linkInPlaceOfWhatTheStoreRemembersIsRefused() throws Exception {
    for (String name : List.of("ppmq.lock", "ppmq.synced", "ppmq.tables")) {
      Path link = Files.createSymbolicLink(site.data().resolve(name), precious);
      BrokerProcess broker = site.launch();
      assertThat(broker.awaitExit(Await.PATIENCE)).as(name).isEqualTo(1);
      assertThat(broker.errors(name + " is a link")).hasSize(1);
      assertThat(precious).hasContent("mine");
      Files.delete(link);
    }
    site.start();
  }
}
