package io.ppmq.spring;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;

/**
 * Counts of the messages that the application sent and handled. The broker has metrics of its own.
 */
final class PpmqMetrics implements MeterBinder {
  private final PpmqTemplate template;
  private final PpmqListeners listeners;

  PpmqMetrics(PpmqTemplate template, PpmqListeners listeners) {
    this.template = template;
    this.listeners = listeners;
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    FunctionCounter.builder("ppmq.messages.sent", template, PpmqTemplate::confirmed)
        .tag("outcome", "confirmed")
        .description("Messages that the template sent")
        .register(registry);
    FunctionCounter.builder("ppmq.messages.sent", template, PpmqTemplate::failed)
        .tag("outcome", "failed")
        .description("Messages that the template sent")
        .register(registry);
    for (Listener listener : listeners.all()) {
      FunctionCounter.builder("ppmq.messages.handled", listener, Listener::handled)
          .tags("subscriber", listener.subscriber(), "outcome", "acknowledged")
          .description("Messages that listeners were called with")
          .register(registry);
      FunctionCounter.builder("ppmq.messages.handled", listener, Listener::failed)
          .tags("subscriber", listener.subscriber(), "outcome", "nacked")
          .description("Messages that listeners were called with")
          .register(registry);
    }
  }
}
