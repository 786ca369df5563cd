package io.ppmq.spring;

import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.observation.ObservationRegistry;
import io.ppmq.client.Address;
import io.ppmq.client.Publisher;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Puts ppMQ together in an application. Every bean gives way to one of the application's own. */
@AutoConfiguration
@EnableConfigurationProperties(PpmqProperties.class)
public class PpmqAutoConfiguration {
  static final String ADDRESS_DEFAULT = "/run/ppmq/ppmq.socket";

  @Bean
  @ConditionalOnMissingBean
  Publisher ppmqPublisher(PpmqProperties properties) {
    return new Publisher(
        Address.of(properties.address()), properties.timeout(), properties.window());
  }

  @Bean
  @ConditionalOnMissingBean
  PpmqTemplate ppmqTemplate(Publisher publisher, ObjectProvider<Observations> observations) {
    return new PpmqTemplate(publisher, observations.getIfAvailable(() -> Observations.NONE));
  }

  /** Static, because it looks at other beans while they are made. */
  @Bean
  static PpmqListeners ppmqListeners(ObjectProvider<Observations> observations) {
    return new PpmqListeners(observations);
  }

  @Bean
  BrokerProbe ppmqBrokerProbe(PpmqProperties properties, PpmqListeners listeners) {
    return new BrokerProbe(Address.of(properties.address()), listeners);
  }

  /** With Micrometer, metrics. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(MeterBinder.class)
  static class MetricsConfiguration {
    @Bean
    MeterBinder ppmqMetrics(PpmqTemplate template, PpmqListeners listeners) {
      return new PpmqMetrics(template, listeners);
    }
  }

  /** With Micrometer, observations, and traces where a tracer is there too. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(ObservationRegistry.class)
  static class ObservationConfiguration {
    @Bean
    Observations ppmqObservations(
        ObjectProvider<ObservationRegistry> registry, PpmqProperties properties) {
      String field = properties.traceField();
      return new MicrometerObservations(
          registry.getIfAvailable(() -> ObservationRegistry.NOOP),
          field.isEmpty() ? null : new TraceField(field));
    }
  }

  /** Health, where Boot 3 has it. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(name = "org.springframework.boot.actuate.health.HealthIndicator")
  static class Boot3HealthConfiguration {
    @Bean
    Boot3Health ppmqHealthIndicator(BrokerProbe probe) {
      return new Boot3Health(probe);
    }
  }

  /** Health, where Boot 4 has it. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(name = "org.springframework.boot.health.contributor.HealthIndicator")
  static class Boot4HealthConfiguration {
    @Bean
    Boot4Health ppmqHealthIndicator(BrokerProbe probe) {
      return new Boot4Health(probe);
    }
  }
}
