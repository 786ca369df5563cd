package io.ppmq.sim;

import io.ppmq.broker.port.BrokerEvents;
import io.ppmq.store.StoreException;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Records the broker's events about its store; a bug of the broker ends the life. */
final class NotedEvents implements BrokerEvents {
  private final Consumer<Supplier<String>> notes;

  NotedEvents(Consumer<Supplier<String>> notes) {
    this.notes = notes;
  }

  @Override
  public void unreachable(String subscriber, String reason) {}

  @Override
  public void reachableAgain(String subscriber) {}

  @Override
  public void storeFailing(String reason) {
    notes.accept(() -> "the store refuses: " + reason);
  }

  @Override
  public void storeRecovered() {
    notes.accept(() -> "the store works again");
  }

  @Override
  public void refusedLate(String reason) {
    notes.accept(() -> "refused late: " + reason);
  }

  @Override
  public void detachedSubscriber(String topic, String subscriber, long backlog) {}

  @Override
  public void storeLost(StoreException reason) {}

  @Override
  public void bug(Throwable bug) {
    throw new Violation(Invariant.NO_BUG, bug);
  }
}
