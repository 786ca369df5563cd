package io.ppmq.client.micrometer;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.ppmq.client.Delivery;
import io.ppmq.client.MessageHandler;

/**
 * Counts and times the calls of another handler, for {@code subscribeEach} and {@code listenEach}:
 *
 * <ul>
 *   <li>{@code ppmq.messages.handled}, with the tags {@code subscriber} and {@code outcome}: {@code
 *       acknowledged} when the handler returned, {@code nacked} when it threw;
 *   <li>{@code ppmq.process}, the duration of the calls, with the tags {@code
 *       messaging.destination.name}, the topic, and {@code messaging.consumer.group.name}, the
 *       subscriber.
 * </ul>
 */
public final class MeteredHandler implements MessageHandler {
  private final MeterRegistry registry;
  private final String subscriber;
  private final MessageHandler handler;

  /** Measures a subscriber's handler and rethrows its exceptions. */
  public MeteredHandler(MeterRegistry registry, String subscriber, MessageHandler handler) {
    this.registry = registry;
    this.subscriber = subscriber;
    this.handler = handler;
  }

  @Override
  public void handle(Delivery message) throws Exception {
    Timer.Sample sample = Timer.start(registry);
    String outcome = "nacked";
    try {
      handler.handle(message);
      outcome = "acknowledged";
    } finally {
      sample.stop(
          registry.timer(
              "ppmq.process",
              "messaging.destination.name",
              message.topic(),
              "messaging.consumer.group.name",
              subscriber));
      registry
          .counter("ppmq.messages.handled", "subscriber", subscriber, "outcome", outcome)
          .increment();
    }
  }
}
