package io.ppmq.embed;

import io.ppmq.broker.port.BrokerEvents;
import io.ppmq.store.StoreException;
import java.lang.System.Logger.Level;

/** Writes the events of the broker to the log of the program. */
final class LoggedEvents implements BrokerEvents {
  private static final System.Logger LOGGER = System.getLogger("io.ppmq.embed");

  /** A subscriber without a handler needs no log line. */
  @Override
  public void unreachable(String subscriber, String reason) {}

  @Override
  public void reachableAgain(String subscriber) {}

  @Override
  public void storeFailing(String reason) {
    LOGGER.log(Level.ERROR, "the store fails: " + reason);
  }

  @Override
  public void storeRecovered() {
    LOGGER.log(Level.INFO, "the store works again");
  }

  @Override
  public void detachedSubscriber(String topic, String subscriber, long backlog) {
    LOGGER.log(
        Level.WARNING,
        "topic " + topic + " keeps " + backlog + " messages for " + subscriber + ", not its own");
  }

  @Override
  public void storeLost(StoreException reason) {
    LOGGER.log(Level.ERROR, "the broker has stopped, since its store failed", reason);
  }

  @Override
  public void bug(Throwable bug) {
    LOGGER.log(Level.ERROR, "the broker has stopped, because of a bug", bug);
  }
}
