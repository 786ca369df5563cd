package io.ppmq.broker.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TopicFilterTest {
  @Test
  void namedTopicsAreTaken() {
    TopicFilter filter = TopicFilter.none();
    filter.add("a");
    filter.add("b");
    filter.remove("b");
    assertThat(filter.takes("a")).isTrue();
    assertThat(filter.takes("b")).isFalse();
    assertThat(filter.takes("c")).isFalse();
  }

  @Test
  void allTopicsAreTakenButThoseThatAreRemoved() {
    TopicFilter filter = TopicFilter.none();
    filter.add("a");
    filter.addAll();
    filter.remove("b");
    assertThat(filter.takes("a")).isTrue();
    assertThat(filter.takes("b")).isFalse();
    assertThat(filter.takes("new")).isTrue();
    filter.removeAll();
    assertThat(filter.takes("a")).isFalse();
  }
}
