package io.ppmq.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.ppmq.client.Address;
import io.ppmq.client.Batch;
import io.ppmq.client.OutgoingMessage;
import io.ppmq.client.Publisher;
import io.ppmq.client.ReceivedMessage;
import io.ppmq.client.Subscriber;
import io.ppmq.load.Received;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** Speaks to ppMQ through {@code ppmq-client}, as a Java program would. */
public final class ClientDriver implements Driver {
  private static final String TOPIC = PpmqServer.names("topic", 1).get(0);
  private static final String SUBSCRIBER = PpmqServer.names("subscriber", 1).get(0);

  @Override
  public DrivenProducer producer(Settings settings) {
    Publisher publisher = new Publisher(Address.of(settings.text("socket")));
    return new WindowedProducer(
        new PublisherOutlet(publisher), settings.number("payload"), settings.number("batch"));
  }

  @Override
  public DrivenSubscriber subscriber(Settings settings) throws IOException {
    return new ClientSubscriber(Path.of(settings.text("socket")));
  }

  private record PublisherOutlet(Publisher publisher) implements WindowedProducer.Outlet {
    @Override
    public void send(List<byte[]> payloads, WindowedProducer.Confirmed confirmed)
        throws InterruptedException {
      List<OutgoingMessage> messages = new ArrayList<>(payloads.size());
      for (byte[] payload : payloads) {
        messages.add(OutgoingMessage.text(new String(payload, ISO_8859_1)));
      }
      CompletableFuture<Void> confirm = publisher.publishAsync(TOPIC, messages);
      var unused = confirm.whenComplete((nothing, failure) -> confirmed.done(failure));
    }

    @Override
    public void close() {
      publisher.close();
    }
  }

  private static final class ClientSubscriber implements DrivenSubscriber {
    private final Subscriber subscriber;
    private @Nullable Intake intake;
    private CountDownLatch ended = new CountDownLatch(1);

    ClientSubscriber(Path socket) throws IOException {
      Address own = Address.of(socket.resolveSibling(SUBSCRIBER + ".socket").toString());
      this.subscriber =
          Subscriber.builder(SUBSCRIBER, Address.of(socket.toString()))
              .reconnect(false)
              .listen(own, this::handle);
    }

    /** Takes a batch. The library acknowledges it when this returns. */
    private synchronized void handle(Batch batch) throws InterruptedException {
      while (intake == null) {
        wait();
      }
      intake.batch();
      for (ReceivedMessage message : batch.messages()) {
        intake.message(message.payloadText().getBytes(ISO_8859_1));
      }
      if (!intake.isOpen()) {
        ended.countDown();
        intake = null;
      }
    }

    @Override
    public Received receive(int ends) throws InterruptedException {
      Intake run = new Intake(ends);
      synchronized (this) {
        ended = new CountDownLatch(1);
        intake = run;
        notifyAll();
      }
      ended.await();
      return run.received();
    }

    @Override
    public void close() {
      subscriber.close();
    }
  }
}
