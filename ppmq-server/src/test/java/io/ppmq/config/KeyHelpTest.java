package io.ppmq.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class KeyHelpTest {
  @Test
  void everyServedKeyIsInTheManual() {
    for (KeyHelp.Place place : KeyHelp.places()) {
      place
          .keys()
          .forEach((key, help) -> assertThat(help).as(place.name() + " " + key).isNotEmpty());
    }
  }
}
