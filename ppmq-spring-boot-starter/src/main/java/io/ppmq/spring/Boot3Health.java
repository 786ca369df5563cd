package io.ppmq.spring;

import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthIndicator;

/** The health of the connection to the broker, for Spring Boot 3. */
final class Boot3Health implements HealthIndicator {
  private final BrokerProbe probe;

  Boot3Health(BrokerProbe probe) {
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
