package io.ppmq.store.rocksdb;

import io.ppmq.store.DelayedMessage;
import io.ppmq.store.DelayedMessages;
import io.ppmq.store.Delays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;

/** The delayed messages of a {@link RocksTopic}: its {@link DelayedList}, once it has one. */
final class RocksDelayed implements DelayedMessages {
  private final RocksTopic topic;
  private @Nullable DelayedList list;

  RocksDelayed(RocksTopic topic) {
    this.topic = topic;
  }

  /** Reads the noted state of the list. */
  void load(Engine engine, byte[] state) throws RocksDBException {
    list = new DelayedList(topic.number());
    list.load(engine, state);
  }

  @Override
  public void add(DelayedMessage message) {
    topic
        .store()
        .change(
            topic,
            (engine, changes) -> {
              DelayedList known = list;
              if (known == null) {
                known = new DelayedList(topic.numbered(engine));
                list = known;
              }
              known.add(engine, changes, message);
              topic.store().delaysChanged(known);
            });
  }

  @Override
  public List<DelayedMessage> due(long nowMillis, int max, long bytesMax) {
    DelayedList known = list;
    return known == null || !known.mayBeDue(nowMillis)
        ? List.of()
        : topic.store().use(engine -> known.due(engine, nowMillis, max, bytesMax));
  }

  @Override
  public List<DelayedMessage> from(long atMillis, long id, int max, long bytesMax) {
    DelayedList known = list;
    return known == null
        ? List.of()
        : topic.store().use(engine -> known.from(engine, atMillis, id, max, bytesMax));
  }

  @Override
  public void remove(DelayedMessage message) {
    DelayedList known = list;
    if (known != null) {
      RocksStore store = topic.store();
      store.change(
          topic, (engine, changes) -> known.remove(engine, changes, message, store.gone()));
      store.delaysChanged(known);
    }
  }

  @Override
  public void clear() {
    DelayedList known = list;
    if (known != null) {
      RocksStore store = topic.store();
      store.change(topic, (engine, changes) -> known.removeAll(engine, changes, store.gone()));
      store.delaysChanged(known);
    }
  }

  @Override
  public Delays delays() {
    return list == null ? Delays.NONE : list.delays();
  }

  /** To be called when the commit being collected has taken effect. */
  void committed() {
    if (list != null) {
      list.committed();
    }
  }
}
