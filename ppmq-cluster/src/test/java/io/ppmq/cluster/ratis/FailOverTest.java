package io.ppmq.cluster.ratis;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Three nodes in three processes, whose leader is killed. */
@Timeout(300)
final class FailOverTest {
  /** The number of kills ({@code -Dkills=N}); the time of each is printed. */
  private static final int KILLS = Integer.getInteger("kills", 1);

  /** Four JVMs that run for seconds. */
  private static final List<String> BRIEFLY = List.of("-XX:TieredStopAtLevel=1");

  @TempDir Path directory;

  @Test
  void nothingThatWasKeptIsLostWithTheLeader() throws Exception {
    try (Processes nodes = new Processes(directory, BRIEFLY, "a", "b", "c")) {
      for (String name : List.of("a", "b", "c")) {
        nodes.start(name);
      }
      assertThat(nodes.tell("a", "found")).isEqualTo("done");
      assertThat(nodes.tell("b", "join")).isEqualTo("done");
      assertThat(nodes.tell("c", "join")).isEqualTo("done");
      List<String> kept = new ArrayList<>();
      commit(nodes, nodes.leader(), kept, 20);
      for (int kill = 0; kill < KILLS; kill++) {
        String first = nodes.leader();
        long killed = System.nanoTime();
        nodes.kill(first);
        String second = nodes.leader();
        long leads = System.nanoTime();
        commit(nodes, second, kept, 1);
        long commits = System.nanoTime();
        if (KILLS > 1) {
          System.out.printf(
              "kill %d: leads after %d ms, commits after %d ms, %s%n",
              kill,
              TimeUnit.NANOSECONDS.toMillis(leads - killed),
              TimeUnit.NANOSECONDS.toMillis(commits - killed),
              nodes.tell(second, "memory"));
        }
        assertThat(nodes.tell(second, "marks").split(" ", -1))
            .containsExactlyInAnyOrderElementsOf(kept);
        commit(nodes, second, kept, 20);
        nodes.start(first);
        long upTo = Long.parseLong(nodes.tell(second, "applied"));
        Node.await("it has caught up", () -> Long.parseLong(nodes.tell(first, "applied")) >= upTo);
      }
      String digests = nodes.tell(nodes.leader(), "verify");
      String one = digests.replaceAll(".*a=([0-9a-f]+).*", "$1");
      assertThat(digests).isEqualTo("{a=" + one + ", b=" + one + ", c=" + one + "}");
    }
  }

  private static void commit(Processes nodes, String leader, List<String> kept, int count)
      throws Exception {
    for (int i = 0; i < count; i++) {
      String word = "word-" + kept.size();
      assertThat(nodes.tell(leader, "commit " + word)).isEqualTo("done");
      kept.add(word);
    }
  }
}
