package io.ppmq.bench;

import io.ppmq.load.Pace;
import io.ppmq.load.Published;
import io.ppmq.load.Received;
import java.io.IOException;

/**
 * The producers and subscribers of a broker. The worker processes make a driver by its name, so an
 * implementation has a public constructor without parameters.
 */
public interface Driver {
  /** The connected producers of this process. */
  DrivenProducer producer(Settings settings) throws Exception;

  /** The connected subscribers of this process; messages may arrive from now on. */
  DrivenSubscriber subscriber(Settings settings) throws Exception;

  /** Publishes. For one thread. */
  interface DrivenProducer extends AutoCloseable {
    /**
     * Publishes at a pace, and then the messages that end this run for the subscribers. Blocks
     * until everything is confirmed.
     */
    Published publish(Pace pace) throws Exception;

    @Override
    void close() throws IOException;
  }

  /** Takes and acknowledges. For one thread. */
  interface DrivenSubscriber extends AutoCloseable {
    /** Takes and acknowledges messages until this many runs of producers have ended. */
    Received receive(int ends) throws Exception;

    @Override
    void close() throws IOException;
  }
}
