package io.ppmq.topic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ppmq.message.Bytes;
import io.ppmq.message.Message;
import io.ppmq.store.ForwardingTopicStore;
import io.ppmq.store.Store;
import io.ppmq.store.StoreException;
import io.ppmq.store.TopicStore;
import io.ppmq.store.memory.MemoryStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The next places are read while a subscriber is at work. */
class PlacesAheadTest {
  private final Store store = new MemoryStore(1, "nonce000");
  private final AtomicInteger reads = new AtomicInteger();
  private boolean refuses;
  private final Topic topic = topic();
  private final OneWorker ann = new OneWorker(topic, "ann");

  @Test
  void nextBatchOfPlacesIsAtHandWhenTheOneBeforeWasPushed() {
    publish(200);
    assertThat(chosen()).first().isEqualTo("0");
    ann.pushed();
    assertThat(ann.prepare(OneTopic.BATCH)).isNull();
    acknowledgeAll(0, 50);
    int before = reads.get();
    assertThat(chosen()).hasSize(50).first().isEqualTo("50");
    assertThat(reads.get()).isEqualTo(before);
  }

  @Test
  void whatCannotBeReadAheadIsReadWhenItIsChosen() {
    publish(200);
    chosen();
    ann.pushed();
    refuses = true;
    assertThatThrownBy(() -> ann.prepare(OneTopic.BATCH)).isInstanceOf(StoreException.class);
    refuses = false;
    acknowledgeAll(0, 50);
    assertThat(chosen()).hasSize(50).first().isEqualTo("50");
  }

  private Topic topic() {
    AtomicInteger next = new AtomicInteger(1);
    return Topic.open(
        OneTopic.settings(true, 1),
        watched(store.topic("orders")),
        next::getAndAdd,
        "nonce000",
        new CommitBarrier());
  }

  private void publish(int count) {
    List<Message> messages = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      messages.add(OneTopic.message("k" + i, "" + i, 0));
    }
    topic.publish(messages, 0);
    topic.flush();
    store.commit();
  }

  private List<String> chosen() {
    Batch batch = ann.choose(OneTopic.BATCH, 0);
    assertThat(batch).isNotNull();
    return batch.deliveries().stream().map(delivery -> delivery.payload().text()).toList();
  }

  private void acknowledgeAll(int from, int to) {
    for (int i = from; i < to; i++) {
      ann.acknowledge(List.of(Bytes.utf8("k" + i)));
    }
  }

  /** The same store, which counts reads of logs, and refuses them on request. */
  private TopicStore watched(TopicStore watched) {
    return new ForwardingTopicStore(watched) {
      @Override
      protected void before(String method) {
        if (method.equals("read")) {
          reads.incrementAndGet();
          if (refuses) {
            throw new StoreException("the disk cannot be read");
          }
        }
      }
    };
  }
}
