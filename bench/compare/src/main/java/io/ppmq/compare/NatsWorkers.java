package io.ppmq.compare;

import io.nats.client.Connection;
import io.nats.client.ConsumeOptions;
import io.nats.client.IterableConsumer;
import io.nats.client.Message;
import io.ppmq.bench.Driver;
import io.ppmq.bench.Settings;
import io.ppmq.bench.Tally;
import io.ppmq.load.Received;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;

/** NATS JetStream with several connections that pull from one consumer; nacks have a delay. */
public final class NatsWorkers implements Driver {
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  @Override
  public DrivenProducer producer(Settings settings) throws Exception {
    if (settings.number("delaySeconds") > 0) {
      throw new UnsupportedOperationException("NATS cannot delay published messages");
    }
    return new Nats().producer(settings);
  }

  @Override
  public DrivenSubscriber subscriber(Settings settings) throws Exception {
    return new Team(settings);
  }

  private static final class Team implements DrivenSubscriber {
    private final Tally tally = new Tally();
    private final Crew crew = new Crew();
    private final int nackMillis;

    Team(Settings settings) throws Exception {
      this.nackMillis = settings.number("nackMillis");
      int workers = settings.number("workers");
      int pendingMax = Math.max(Nats.ACK_PENDING_MAX, 2 * Nats.BATCH * workers);
      // A nacked message counts as pending until it is acknowledged.
      Nats.ensureConsumer(settings, nackMillis < 0 ? pendingMax : -1);
      int fetch = workers == 1 ? Nats.FETCH : Nats.BATCH;
      for (int i = 0; i < workers; i++) {
        Connection connection = Nats.connect(settings);
        IterableConsumer messages =
            connection
                .getStreamContext(Nats.STREAM)
                .getConsumerContext(Nats.CONSUMER)
                .iterate(ConsumeOptions.builder().batchSize(fetch).build());
        crew.add(() -> work(messages), () -> close(connection));
      }
    }

    private void work(IterableConsumer messages) throws Exception {
      Message message = messages.nextMessage(PATIENCE);
      if (message == null) {
        return;
      }
      tally.arrived();
      if (nackMillis >= 0 && message.metaData().deliveredCount() == 1) {
        if (nackMillis == 0) {
          message.nak();
        } else {
          message.nakWithDelay(nackMillis);
        }
      } else {
        tally.message(message.getData());
        message.ack();
      }
    }

    private static void close(Connection connection) {
      try {
        Nats.close(connection);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public Received receive(int ends) throws InterruptedException {
      return tally.await(ends);
    }

    @Override
    public void close() {
      crew.close();
    }
  }
}
