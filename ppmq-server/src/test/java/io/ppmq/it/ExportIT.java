package io.ppmq.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** All messages of a topic, as lines. */
class ExportIT {
  private Site site;

  @AfterEach
  void close() throws Exception {
    site.close();
  }

  private Peer start(Layout layout) throws Exception {
    site = Site.started(Storage.DIRECTORY, layout);
    return site.peer();
  }

  @Test
  void eachMessageIsThereOnceWithWhoNeedsIt() throws Exception {
    Peer peer = start(new Layout().topicFor(List.of("a", "b"), "t", "Priorities: 2"));
    SubscriberSocket a = site.subscriber("a");
    peer.publish("t", "1", "2");
    Push out = a.next();
    peer.acknowledge(out);
    Await.until("that is kept", () -> export("-s", "a").isEmpty());

    assertThat(export())
        .hasSize(2)
        .allSatisfy(
            line ->
                assertThat(line)
                    .contains("\"state\":\"queued\"", "\"attempt\":1", "\"priority\":0")
                    .endsWith(
                        "\"subscribers\":[{\"subscriber\":\"b\",\"state\":\"queued\","
                            + "\"attempt\":1}]}"));
    assertThat(export("-s", "b")).isEqualTo(export()).isEqualTo(export("--json"));
    assertThat(Cli.run(site, "export", "nowhere").status()).isEqualTo(1);
  }

  @Test
  void manyMessagesComeInPortionsAndInOrder() throws Exception {
    Peer peer = start(new Layout().topic("t").topicFor(List.of("k"), "k", "Dedupe: true"));
    String filler = "x".repeat(900);
    for (int i = 0; i < 3000; i += 100) {
      peer.publish(
          "t", IntStream.range(i, i + 100).mapToObj(n -> n + filler).toArray(String[]::new));
    }
    for (int i = 0; i < 300; i++) {
      peer.publishKeyed("k", "key-%03d".formatted(i), "v" + i);
    }
    List<String> lines = export();
    assertThat(lines).hasSize(3000);
    for (int i = 0; i < 3000; i++) {
      assertThat(lines.get(i)).contains("\"payload\":\"" + i + "x");
    }
    assertThat(List.of(Cli.done(site, "export", "k").split("\n")))
        .hasSize(300)
        .allSatisfy(line -> assertThat(line).contains("\"key\":\"key-"));
  }

  @Test
  void whatIsDelayedIsThereWithItsMomentAndCanBePublishedAgain() throws Exception {
    Peer peer = start(new Layout().topic("t", "Dedupe: true", "Priorities: 2"));
    String moment = "2035-01-02T03:04:05Z";
    for (int i = 0; i < 300; i++) {
      peer.confirmed(
          "{\"Topic\":\"t\",\"Messages\":[{\"Payload\":{\"n\":%d},\"NotBefore\":\"%s\",\"Priority\":1}]"
              .formatted(i, moment));
    }
    List<String> lines = export();
    assertThat(lines).hasSize(300);
    for (int i = 0; i < 300; i++) {
      assertThat(lines.get(i))
          .startsWith("{\"state\":\"delayed\",")
          .endsWith(
              "\"notBefore\":\"%s\",\"payload\":{\"n\":%d},\"priority\":1}".formatted(moment, i));
    }
    assertThat(export("-s", "t")).isEmpty();

    peer.confirmed("{\"Topic\":\"t\",\"Messages\":[" + String.join(",", lines) + "]");
    assertThat(export()).hasSize(600);
  }

  private List<String> export(String... more) throws Exception {
    String[] words = new String[more.length + 2];
    words[0] = "export";
    words[1] = "t";
    System.arraycopy(more, 0, words, 2, more.length);
    return Cli.done(site, words).lines().toList();
  }
}
