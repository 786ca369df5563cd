package io.ppmq.spring;

import io.ppmq.client.OutgoingMessage;
import io.ppmq.client.Publisher;
import io.ppmq.client.Refused;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;

/**
 * Publishes. Any number of threads may use it; it connects when the first message is sent, and
 * again by itself.
 */
public final class PpmqTemplate {
  private final Publisher publisher;
  private final Observations observations;
  private final LongAdder confirmed = new LongAdder();
  private final LongAdder failed = new LongAdder();

  /** A template over a publisher, which its owner closes. */
  public PpmqTemplate(Publisher publisher) {
    this(publisher, Observations.NONE);
  }

  PpmqTemplate(Publisher publisher, Observations observations) {
    this.publisher = publisher;
    this.observations = observations;
  }

  /**
   * Publishes a text, and returns when the broker has confirmed that it is stored.
   *
   * @throws PpmqException the broker refused the message; it is not stored
   * @throws UncheckedIOException if its cause is {@link io.ppmq.client.Unconfirmed}, the message
   *     may be stored; otherwise, such as when the broker cannot be reached, it is not
   * @throws CancellationException the thread was interrupted; the message may be stored
   */
  public void send(String topic, String payload) {
    send(topic, OutgoingMessage.text(payload));
  }

  /** Publishes a message as {@link #send(String, String)} does. */
  public void send(String topic, OutgoingMessage message) {
    sendAll(topic, List.of(message));
  }

  /** Publishes messages that are stored together or not at all. */
  public void sendAll(String topic, List<OutgoingMessage> messages) {
    List<Observations.Sending> sendings =
        messages.stream().map(message -> observations.send(topic, message)).toList();
    Throwable failure = null;
    try {
      publisher.publish(topic, sendings.stream().map(Observations.Sending::message).toList());
    } catch (Refused e) {
      failure = e;
      throw new PpmqException(topic, e);
    } catch (IOException e) {
      failure = e;
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      failure = e;
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted while a message to " + topic + " was sent");
    } finally {
      (failure == null ? confirmed : failed).add(messages.size());
      for (Observations.Sending sending : sendings) {
        sending.end(failure);
      }
    }
  }

  /**
   * Publishes without waiting for the confirm; blocks only while too much is under way.
   *
   * @return completes when the message is stored, or with a {@link Refused} or an {@link
   *     IOException}
   */
  public CompletableFuture<Void> sendAsync(String topic, OutgoingMessage message) {
    Observations.Sending sending = observations.send(topic, message);
    CompletableFuture<Void> sent;
    try {
      sent = publisher.publishAsync(topic, sending.message());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      sent = CompletableFuture.failedFuture(e);
    }
    return sent.whenComplete(
        (done, failure) -> {
          (failure == null ? confirmed : failed).increment();
          sending.end(failure);
        });
  }

  /** How many messages were confirmed. */
  long confirmed() {
    return confirmed.sum();
  }

  /** How many messages were refused, or are not known to be kept. */
  long failed() {
    return failed.sum();
  }
}
