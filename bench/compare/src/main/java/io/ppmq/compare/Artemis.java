package io.ppmq.compare;

import io.ppmq.bench.Driver;
import io.ppmq.bench.Intake;
import io.ppmq.bench.Settings;
import io.ppmq.bench.WindowedProducer;
import io.ppmq.load.Received;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import javax.jms.BytesMessage;
import javax.jms.CompletionListener;
import javax.jms.Connection;
import javax.jms.JMSException;
import javax.jms.Message;
import javax.jms.MessageConsumer;
import javax.jms.MessageProducer;
import javax.jms.Session;
import org.apache.activemq.artemis.core.version.Version;
import org.apache.activemq.artemis.jms.client.ActiveMQConnectionFactory;
import org.apache.activemq.artemis.utils.VersionLoader;

/**
 * ActiveMQ Artemis with its journal, in a separate process with the memory of a normal
 * installation, through its JMS client. Sends are asynchronous, and acknowledging the last message
 * of a batch acknowledges the batch.
 */
public final class Artemis implements Driver {
  private static final String QUEUE = "bench";
  private static final int BATCH = 50;

  static PeerServer start(Path directory, boolean datasync) throws Exception {
    int port = PeerServer.freePort();
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xms512M",
            "-Xmx2G",
            "-XX:+UseG1GC",
            "-XX:+UseStringDeduplication",
            "-cp",
            System.getProperty("java.class.path"),
            ArtemisBroker.class.getName(),
            directory.toString(),
            "" + port,
            "" + datasync);
    Version version = VersionLoader.getVersion();
    return PeerServer.start(directory, port, command, version.getFullVersion());
  }

  private static Connection connect(Settings settings) throws JMSException {
    String url = "tcp://127.0.0.1:" + settings.number("port") + "?confirmationWindowSize=10485760";
    // Never closed: that would close the connection. It ends with its process.
    Connection connection = new ActiveMQConnectionFactory(url).createConnection();
    connection.start();
    return connection;
  }

  @Override
  public DrivenProducer producer(Settings settings) throws JMSException {
    Connection connection = connect(settings);
    Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE);
    MessageProducer producer = session.createProducer(session.createQueue(QUEUE));
    producer.setDisableMessageTimestamp(true);
    producer.setDisableMessageID(true);
    return new WindowedProducer(
        new QueueOutlet(connection, session, producer),
        settings.number("payload"),
        settings.number("batch"));
  }

  private record QueueOutlet(Connection connection, Session session, MessageProducer producer)
      implements WindowedProducer.Outlet {
    @Override
    public void send(List<byte[]> payloads, WindowedProducer.Confirmed confirmed)
        throws JMSException {
      Countdown countdown = new Countdown(payloads.size(), confirmed);
      CompletionListener listener =
          new CompletionListener() {
            @Override
            public void onCompletion(Message message) {
              countdown.done(null);
            }

            @Override
            public void onException(Message message, Exception failure) {
              countdown.done(failure);
            }
          };
      for (byte[] payload : payloads) {
        BytesMessage message = session.createBytesMessage();
        message.writeBytes(payload);
        producer.send(message, listener);
      }
    }

    @Override
    public void close() throws IOException {
      Artemis.close(connection);
    }
  }

  @Override
  public DrivenSubscriber subscriber(Settings settings) throws JMSException {
    Connection connection = connect(settings);
    Session session = connection.createSession(false, Session.CLIENT_ACKNOWLEDGE);
    return new QueueSubscriber(connection, session.createConsumer(session.createQueue(QUEUE)));
  }

  private record QueueSubscriber(Connection connection, MessageConsumer consumer)
      implements DrivenSubscriber {
    @Override
    public Received receive(int ends) throws JMSException {
      Intake intake = new Intake(ends);
      for (long i = 0; intake.isOpen(); i++) {
        BytesMessage message = (BytesMessage) consumer.receive();
        byte[] payload = new byte[(int) message.getBodyLength()];
        message.readBytes(payload);
        if (i % BATCH == 0) {
          intake.batch();
        }
        intake.message(payload);
        if (i % BATCH == BATCH - 1 || !intake.isOpen()) {
          message.acknowledge();
        }
      }
      return intake.received();
    }

    @Override
    public void close() throws IOException {
      Artemis.close(connection);
    }
  }

  private static void close(Connection connection) throws IOException {
    try {
      connection.close();
    } catch (JMSException e) {
      throw new IOException(e);
    }
  }
}
