package io.ppmq.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ConfigKeysTest {
  @Test
  void everyServedKeyIsInTheManual() {
    for (ConfigKeys.Place place : ConfigKeys.places()) {
      place
          .keys()
          .forEach((key, help) -> assertThat(help).as(place.name() + " " + key).isNotEmpty());
    }
  }

  @Test
  void onlyWhereTheBrokerAndItsDataAreNeedsARestart() {
    for (Key<?> key : ConfigKeys.FILE.keys()) {
      boolean place = key.name().matches("ServerSocket|DataPath|Admin|Cluster");
      assertThat(ConfigKeys.isLive(key.name())).as(key.name()).isEqualTo(!place);
      assertThat(key.help().endsWith("A change needs a restart.")).as(key.name()).isEqualTo(place);
    }
  }
}
