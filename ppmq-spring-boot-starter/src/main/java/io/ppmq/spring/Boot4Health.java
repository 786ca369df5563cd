package io.ppmq.spring;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/** The health of the connection to the broker, for Spring Boot 4. */
final class Boot4Health implements HealthIndicator {
  private final BrokerProbe probe;

  Boot4Health(BrokerProbe probe) {
    this.probe = probe;
  }

  @Override
  public Health health() {
    String problem = probe.problem();
    Health.Builder health = problem == null ? Health.up() : Health.down();
    health.withDetail("address", probe.address().text());
    return problem == null ? health.build() : health.withDetail("problem", problem).build();
  }
}
