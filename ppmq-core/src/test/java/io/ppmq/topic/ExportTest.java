package io.ppmq.topic;

import static io.ppmq.topic.OneTopic.NOW_MILLIS;
import static io.ppmq.topic.OneTopic.message;
import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.message.Bytes;
import io.ppmq.message.Delay;
import io.ppmq.message.Message;
import io.ppmq.store.memory.MemoryStore;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** An export of all messages of a topic. */
class ExportTest {
  private final OneTopic orders =
      new OneTopic(
          new MemoryStore(1, "nonce000"), OneTopic.settings(List.of("ann", "bob"), true, 2));

  private List<ExportedMessage> export(@Nullable String subscriber) {
    List<ExportedMessage> all = new ArrayList<>();
    ExportPosition next = ExportPosition.START;
    while (next != null) {
      ExportPage page = orders.topic().export(subscriber, next, NOW_MILLIS);
      all.addAll(page.messages());
      next = page.next();
    }
    return all;
  }

  private static List<String> payloads(List<ExportedMessage> messages) {
    return messages.stream().map(message -> message.delivery().payload().text()).toList();
  }

  @Test
  void everyMessageComesOnceWithThoseWhoAreNotDoneWithIt() {
    orders.publish(message("k", "keyed", 1), message(null, "plain", 0));
    orders.send("ann");
    orders.acknowledge("ann", "k");

    List<ExportedMessage> all = export(null);

    assertThat(payloads(all)).containsExactlyInAnyOrder("keyed", "plain");
    for (ExportedMessage message : all) {
      boolean keyed = message.delivery().payload().text().equals("keyed");
      assertThat(message.queues())
          .extracting(ExportedMessage.Queued::subscriber)
          .isEqualTo(keyed ? List.of("bob") : List.of("ann", "bob"));
    }
  }

  @Test
  void ofOneSubscriberOnlyWhatWaitsOrIsOutForIt() {
    orders.publish("a", "1");
    orders.publish("b", "2");
    orders.send("ann");
    orders.acknowledge("ann", "a");

    assertThat(payloads(export("ann"))).containsExactly("2");
    assertThat(export("ann").get(0).queues())
        .containsExactly(new ExportedMessage.Queued("ann", PeekedMessage.State.IN_FLIGHT, 1));
    assertThat(payloads(export("bob"))).containsExactly("1", "2");
  }

  @Test
  void delayedMessagesAreExportedLastAndBelongToNoSubscriber() {
    orders.publish("a", "1");
    orders.publish(new Message(null, Bytes.utf8("later"), null, 0, new Delay(true, 60_000)));

    List<ExportedMessage> all = export(null);
    assertThat(payloads(all)).containsExactly("1", "later");
    assertThat(all.get(1).momentMillis()).isEqualTo(NOW_MILLIS + 60_000);
    assertThat(all.get(1).queues()).isEmpty();
    assertThat(payloads(export("ann"))).containsExactly("1");
  }

  @Test
  void whatHasExpiredIsLeftOutUnlessItIsOut() {
    Instant past = Instant.ofEpochMilli(NOW_MILLIS - 1);
    orders.publish(new Message(null, Bytes.utf8("expired"), past, 0));

    assertThat(export(null)).isEmpty();
  }
}
