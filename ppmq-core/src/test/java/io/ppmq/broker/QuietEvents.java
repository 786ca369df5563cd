package io.ppmq.broker;

import io.ppmq.broker.port.BrokerEvents;
import io.ppmq.store.StoreException;
import java.util.List;

/** Records the events of the store, and fails on any other event. */
public record QuietEvents(List<String> told) implements BrokerEvents {
  @Override
  public void unreachable(String subscriber, String reason) {
    throw new AssertionError(subscriber + ": " + reason);
  }

  @Override
  public void reachableAgain(String subscriber) {
    throw new AssertionError(subscriber);
  }

  @Override
  public void storeFailing(String reason) {
    told.add("failing");
  }

  @Override
  public void storeRecovered() {
    told.add("recovered");
  }

  @Override
  public void detachedSubscriber(String topic, String subscriber, long backlog) {
    throw new AssertionError(subscriber);
  }

  @Override
  public void storeLost(StoreException reason) {
    throw new AssertionError(reason);
  }

  @Override
  public void bug(Throwable bug) {
    throw new AssertionError(bug);
  }
}
