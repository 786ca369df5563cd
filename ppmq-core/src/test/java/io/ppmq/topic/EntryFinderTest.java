package io.ppmq.topic;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.message.Bytes;
import io.ppmq.store.Entry;
import io.ppmq.store.ForwardingTopicStore;
import io.ppmq.store.Store;
import io.ppmq.store.TopicStore;
import io.ppmq.store.memory.MemoryStore;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Messages that are found by id. */
class EntryFinderTest {
  private final Store store = new MemoryStore(1);
  private final TopicStore orders = store.topic("orders");
  private int reads;
  private final EntryFinder finder =
      new EntryFinder(
          new ForwardingTopicStore(orders) {
            @Override
            public List<Entry> read(int priority, long from, int entriesMax, long bytesMax) {
              reads++;
              return super.read(priority, from, entriesMax, bytesMax);
            }
          });

  private void entry(long... ids) {
    Entry.Packer packer = new Entry.Packer(0, 1000, Entry.NEVER, 64);
    for (long id : ids) {
      packer.add(id, Bytes.utf8("p" + id), null);
    }
    orders.append(0, packer.pack());
    store.commit();
  }

  @Test
  void messagesOfAnEntryInTheOrderOfTheirIdsCostOneRead() {
    entry(4, 6, 9);

    for (long id : new long[] {4, 6, 9}) {
      assertThat(finder.find(0, 4, id)).isTrue();
      assertThat(finder.payload().text()).isEqualTo("p" + id);
    }
    assertThat(reads).isOne();
  }

  @Test
  void messageThatLiesBeforeTheLastOneIsFoundAsWell() {
    entry(4, 6, 9);

    assertThat(finder.find(0, 4, 9)).isTrue();
    assertThat(finder.find(0, 4, 4)).isTrue();
    assertThat(finder.payload().text()).isEqualTo("p4");
  }

  @Test
  void whatIsNotStoredIsNotFound() {
    entry(4, 9);

    assertThat(finder.find(0, 4, 6)).as("between two").isFalse();
    assertThat(finder.find(0, 4, 12)).as("behind the last").isFalse();
    assertThat(finder.find(0, 3, 4)).as("in an entry that is gone").isFalse();
    assertThat(finder.find(1, 4, 4)).as("in another log").isFalse();
    assertThat(finder.find(0, 4, 9)).isTrue();
  }

  @Test
  void placeHoldsNoMessage() {
    orders.append(0, Entry.place(4, 0, 1000, Bytes.utf8("key")));
    store.commit();

    assertThat(finder.find(0, 4, 4)).isFalse();
  }
}
