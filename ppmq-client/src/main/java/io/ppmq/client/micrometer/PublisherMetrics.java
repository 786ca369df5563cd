package io.ppmq.client.micrometer;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.ppmq.client.Publisher;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * Counts the messages of a publisher: {@code ppmq.messages.sent}, with the tag {@code outcome}:
 * {@code confirmed}, or {@code failed} for messages that were refused or are not known to be
 * stored.
 */
public final class PublisherMetrics implements MeterBinder {
  private final Publisher publisher;
  private final Iterable<Tag> tags;

  /** Counts the messages of the registry's only publisher. */
  public PublisherMetrics(Publisher publisher) {
    this(publisher, List.of());
  }

  /**
   * Counts the messages of one of several publishers.
   *
   * @param tags distinguish it from the others
   */
  public PublisherMetrics(Publisher publisher, Iterable<Tag> tags) {
    this.publisher = publisher;
    this.tags = tags;
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    count(registry, "confirmed", Publisher::confirmed);
    count(registry, "failed", Publisher::failed);
  }

  private void count(MeterRegistry registry, String outcome, ToDoubleFunction<Publisher> count) {
    FunctionCounter.builder("ppmq.messages.sent", publisher, count)
        .tags(tags)
        .tag("outcome", outcome)
        .description("Messages that were published")
        .register(registry);
  }
}
