package io.ppmq.spring;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.transport.Kind;
import io.micrometer.observation.transport.ReceiverContext;
import io.micrometer.observation.transport.SenderContext;
import io.ppmq.client.Delivery;
import io.ppmq.client.MessageHandler;
import io.ppmq.client.OutgoingMessage;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Observes with Micrometer: {@code ppmq.publish} from the call to the confirm, {@code ppmq.process}
 * around a listener. A trace goes from the one to the other where a {@link TraceField} carries it.
 */
final class MicrometerObservations implements Observations {
  private final ObservationRegistry registry;
  private final @Nullable TraceField field;

  MicrometerObservations(ObservationRegistry registry, @Nullable TraceField field) {
    this.registry = registry;
    this.field = field;
  }

  @Override
  public Sending send(String topic, OutgoingMessage message) {
    Map<String, String> trace = new LinkedHashMap<>();
    SenderContext<Map<String, String>> context =
        new SenderContext<>((carrier, name, value) -> trace.put(name, value), Kind.PRODUCER);
    context.setCarrier(trace);
    context.setRemoteServiceName("ppmq");
    Observation observation =
        Observation.createNotStarted("ppmq.publish", () -> context, registry)
            .contextualName(topic + " publish")
            .lowCardinalityKeyValue("messaging.system", "ppmq")
            .lowCardinalityKeyValue("messaging.destination.name", topic)
            .start();
    OutgoingMessage sent = field == null ? message : field.put(trace, message);
    return new Sending() {
      @Override
      public OutgoingMessage message() {
        return sent;
      }

      @Override
      public void end(@Nullable Throwable failure) {
        if (failure != null) {
          observation.error(failure);
        }
        observation.stop();
      }
    };
  }

  @Override
  public void handle(String subscriber, Delivery delivery, MessageHandler handler)
      throws Exception {
    Map<String, String> trace = field == null ? Map.of() : field.in(delivery.payload());
    ReceiverContext<Map<String, String>> context =
        new ReceiverContext<>((carrier, name) -> carrier.get(name), Kind.CONSUMER);
    context.setCarrier(trace);
    context.setRemoteServiceName("ppmq");
    Observation observation =
        Observation.createNotStarted("ppmq.process", () -> context, registry)
            .contextualName(delivery.topic() + " process")
            .lowCardinalityKeyValue("messaging.system", "ppmq")
            .lowCardinalityKeyValue("messaging.destination.name", delivery.topic())
            .lowCardinalityKeyValue("messaging.consumer.group.name", subscriber)
            .start();
    try (Observation.Scope scope = observation.openScope()) {
      Objects.requireNonNull(scope);
      handler.handle(delivery);
    } catch (Exception e) {
      observation.error(e);
      throw e;
    } finally {
      observation.stop();
    }
  }
}
