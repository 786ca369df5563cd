package io.ppmq.bench;

import io.ppmq.load.Pace;
import io.ppmq.load.Published;
import io.ppmq.load.Received;
import java.io.IOException;

/**
 * How producers and subscribers speak to a broker. Made by name in the processes that do it, so an
 * implementation has a public constructor without parameters.
 */
public interface Driver {
  /** The producers of this process, connected. */
  DrivenProducer producer(Settings settings) throws Exception;

  /** The subscribers of this process, connected; messages may come from now on. */
  DrivenSubscriber subscriber(Settings settings) throws Exception;

  /** Publishes. For one thread. */
  interface DrivenProducer extends AutoCloseable {
    /**
     * Publishes at a pace, and then what ends this run for the subscribers. Blocks until all of it
     * is confirmed.
     */
    Published publish(Pace pace) throws Exception;

    @Override
    void close() throws IOException;
  }

  /** Takes and acknowledges. For one thread. */
  interface DrivenSubscriber extends AutoCloseable {
    /** Takes and acknowledges all that comes until this many runs of producers have ended. */
    Received receive(int ends) throws Exception;

    @Override
    void close() throws IOException;
  }
}
