package io.ppmq.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** More dead letters than a page has, and a search for a few of them. */
final class DeadLetterPagesIT {
  private static final int MANY = 130;
  private static final int FEW = 3;

  private Site site;

  @BeforeEach
  void letDie() throws Exception {
    site =
        Site.started(
            Storage.DIRECTORY,
            new Layout()
                .topicFor(
                    List.of("one"),
                    "many",
                    "MaxDeliveries: 1",
                    "AckRetry: 50ms",
                    "DeadLetter: graves")
                .topicFor(
                    List.of("two"),
                    "few",
                    "MaxDeliveries: 1",
                    "AckRetry: 50ms",
                    "DeadLetter: graves")
                .topicFor(List.of(), "graves"));
    Peer peer = site.peer();
    try (SubscriberSocket one = site.subscriber("one");
        SubscriberSocket two = site.subscriber("two")) {
      assertThat(one).isNotSameAs(two);
      peer.publish("many", IntStream.range(0, MANY).mapToObj(i -> "{\"Payload\":\"m" + i + "\"}"));
      Await.until("the many", () -> died(MANY));
      peer.publish("few", IntStream.range(0, FEW).mapToObj(i -> "{\"Payload\":\"f" + i + "\"}"));
      Await.until("the few", () -> died(FEW));
    }
  }

  @AfterEach
  void close() throws Exception {
    site.close();
  }

  private boolean died(int count) throws Exception {
    return site.ask("GET /stats").contains("\"died\":" + count + ",");
  }

  private Stream<String> dead(String... arguments) throws Exception {
    return Cli.done(
            site, Stream.concat(Stream.of("dead"), Stream.of(arguments)).toArray(String[]::new))
        .lines();
  }

  @Test
  void allOfThemAreListedAndFilteredWhereTheyLie() throws Exception {
    assertThat(dead()).hasSize(MANY + FEW).doesNotHaveDuplicates();
    assertThat(dead("--json", "-t", "graves")).hasSize(MANY + FEW);
    assertThat(dead("-t", "few")).hasSize(FEW).allMatch(line -> line.contains("few for two"));
    assertThat(dead("-s", "two")).hasSize(FEW);
    assertThat(dead("-t", "many", "-s", "two"))
        .containsExactly("there are no dead letters of topic many for subscriber two");
    assertThat(dead("-n", "27")).hasSize(27);
  }

  @Test
  void onlyThoseThatAreMeantAreRequeuedOrDropped() throws Exception {
    assertThat(dead("drop", "--all", "--yes", "-t", "many"))
        .containsExactly("dropped " + MANY + " dead letters");
    assertThat(dead("requeue", "--all", "-s", "two")).containsExactly("requeued 3 dead letters");
    assertThat(dead()).containsExactly("there are no dead letters");
  }

  /** A client gives up when it hears nothing; many letters take long. */
  @Test
  void changeOfManyShowsThatItGoesOn() throws Exception {
    assertThat(dead("requeue", "--all", "--json", "-t", "few"))
        .containsExactly("{\"requeued\":" + FEW + "}");

    String body = site.ask("POST /dead/drop?all=true&topic=many");

    assertThat(body.strip()).isEqualTo("{\"dropped\":" + MANY + "}");
    assertThat(body.lines().takeWhile(String::isEmpty).count()).isBetween(2L, 10L);
  }

  @Test
  @Timeout(60)
  void eachIsRequeuedOnceThoughItDiesAgainAtOnce() throws Exception {
    try (SubscriberSocket one = site.subscriber("one")) {
      assertThat(one).isNotSameAs(site);
      assertThat(dead("requeue", "--all", "-t", "many"))
          .containsExactly("requeued " + MANY + " dead letters");
    }
  }
}
