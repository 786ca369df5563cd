package io.ppmq.compare;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.Delivery;
import io.ppmq.bench.Driver;
import io.ppmq.bench.Due;
import io.ppmq.bench.Settings;
import io.ppmq.bench.Tally;
import io.ppmq.bench.WindowedProducer;
import io.ppmq.load.Received;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Timer;
import java.util.TimerTask;

/**
 * RabbitMQ with several consumers, each with its own connection and a prefetch of 100. RabbitMQ has
 * no delay: a delayed message waits in a queue without consumers until its time to live is over,
 * and then moves to the real queue as a dead letter. RabbitMQ has no nack with a pause: the
 * consumer keeps the message for the pause, and then requeues it.
 */
public final class RabbitMqWorkers implements Driver {
  private static final String WAITING = "waiting";

  @Override
  public DrivenProducer producer(Settings settings) throws Exception {
    int delaySeconds = settings.number("delaySeconds");
    if (delaySeconds == 0) {
      return new RabbitMq().producer(settings);
    }
    Connection connection = RabbitMq.connect(settings);
    Channel channel = RabbitMq.channel(connection, settings);
    channel.queueDeclare(
        WAITING,
        true,
        false,
        false,
        Map.of(
            "x-queue-version",
            2,
            "x-dead-letter-exchange",
            "",
            "x-dead-letter-routing-key",
            RabbitMq.QUEUE));
    Due due = new Due(delaySeconds);
    RabbitMq.Publishing expiring =
        (to, payload) -> {
          AMQP.BasicProperties properties =
              new AMQP.BasicProperties.Builder()
                  .deliveryMode(2)
                  .expiration(Long.toString(Due.millisUntil(due.next())))
                  .build();
          to.basicPublish("", WAITING, properties, payload);
        };
    return new WindowedProducer(
        new RabbitMq.QueueOutlet(connection, channel, expiring),
        settings.number("payload"),
        settings.number("batch"));
  }

  @Override
  public DrivenSubscriber subscriber(Settings settings) throws Exception {
    return new Team(settings);
  }

  private static final class Team implements DrivenSubscriber {
    private final Tally tally = new Tally();
    private final List<Connection> connections = new ArrayList<>();
    private final Timer timer = new Timer("requeue", true);
    private final int nackMillis;

    Team(Settings settings) throws Exception {
      this.nackMillis = settings.number("nackMillis");
      for (int i = 0; i < settings.number("workers"); i++) {
        Connection connection = RabbitMq.connect(settings);
        connections.add(connection);
        Channel channel = RabbitMq.channel(connection, settings);
        // Messages that wait to be requeued count against the prefetch.
        channel.basicQos(nackMillis > 0 ? 0 : 2 * RabbitMq.BATCH);
        Hand hand = new Hand(channel);
        channel.basicConsume(
            RabbitMq.QUEUE, false, (tag, delivery) -> hand.take(delivery), tag -> {});
      }
    }

    private final class Hand {
      private final Channel channel;
      private int taken;

      Hand(Channel channel) {
        this.channel = channel;
      }

      void take(Delivery delivery) throws IOException {
        tally.arrived();
        long tag = delivery.getEnvelope().getDeliveryTag();
        if (nackMillis >= 0) {
          takeOrNack(delivery, tag);
          return;
        }
        tally.message(delivery.getBody());
        // One acknowledgement for each 50 messages, and one for the last message of a run.
        if (++taken % RabbitMq.BATCH == 0 || RabbitMq.isEnd(delivery)) {
          channel.basicAck(tag, true);
        }
      }

      private void takeOrNack(Delivery delivery, long tag) throws IOException {
        if (delivery.getEnvelope().isRedeliver()) {
          tally.message(delivery.getBody());
          channel.basicAck(tag, false);
        } else if (nackMillis == 0) {
          channel.basicNack(tag, false, true);
        } else {
          timer.schedule(nack(tag), nackMillis);
        }
      }

      private TimerTask nack(long tag) {
        return new TimerTask() {
          @Override
          public void run() {
            try {
              channel.basicNack(tag, false, true);
            } catch (IOException e) {
              e.printStackTrace(); // to the log of the process; the run itself fails by its timeout
            }
          }
        };
      }
    }

    @Override
    public Received receive(int ends) throws InterruptedException {
      return tally.await(ends);
    }

    @Override
    public void close() throws IOException {
      timer.cancel();
      for (Connection connection : connections) {
        connection.close();
      }
    }
  }
}
