package io.ppmq.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Commands with an output to a full device. */
class LostOutputIT {
  private Site site;

  @BeforeEach
  void start() throws Exception {
    site = Site.started(Storage.MEMORY, new Layout().topic("t"));
    site.peer().publish("t", "once");
  }

  @AfterEach
  void stop() throws Exception {
    site.close();
  }

  private void assertFails(String... command) throws Exception {
    Cli run = Cli.runIntoFull(site, command);
    assertThat(run.err())
        .isEqualTo("ppmq: cannot write to standard output: No space left on device\n");
    assertThat(run.status()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"check", "stats", "stats --json", "peek -t t", "top -n 1 --json"})
  void commandThatCannotWriteFailsAndSaysWhy(String command) throws Exception {
    assertFails(command.split(" "));
  }

  @Test
  void messageThatCannotBePrintedIsNotAcknowledged() throws Exception {
    assertFails("subscribe", "t", "-n", "1");
    assertThat(Cli.done(site, "peek", "-t", "t")).contains("once");
  }
}
