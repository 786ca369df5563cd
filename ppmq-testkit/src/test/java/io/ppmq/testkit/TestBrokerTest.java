package io.ppmq.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ppmq.client.Delivery;
import io.ppmq.client.OutgoingMessage;
import io.ppmq.client.Subscriber;
import io.ppmq.client.UnknownName;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;

@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class TestBrokerTest {
  @RegisterExtension static final PpmqExtension FOR_ALL = PpmqExtension.with("kept", "reader");

  private static @Nullable TestBroker ofTheClass;

  @RegisterExtension final PpmqExtension forEach = PpmqExtension.with("fresh", "reader");

  @BeforeAll
  static void noteTheBroker() {
    ofTheClass = FOR_ALL.broker();
  }

  @Test
  void brokersStandBesideEachOtherAndLeaveNothingBehind() throws Exception {
    Path directory;
    try (TestBroker one = TestBroker.start("t", "a", "b");
        TestBroker other = TestBroker.start("t", "a")) {
      one.publish("t", "1", "2");
      assertThat(one.unacknowledged("t", "a")).isEqualTo(2);
      assertThat(one.unacknowledged("t", "b")).isEqualTo(2);
      assertThat(other.unacknowledged("t", "a")).isZero();
      assertThatThrownBy(() -> one.publish("u", "1")).isInstanceOf(UnknownName.class);
      directory = Path.of(one.address().text()).getParent();
      assertThat(directory).exists();
    }
    assertThat(directory).doesNotExist();
  }

  @Test
  void configurationMayBeAnyOther() throws Exception {
    String config =
        """
        Subscribers:
          - {Name: screen, Socket: '${directory}/screen.socket'}
        Topics:
          - {Name: prices, Subscribers: [screen], Dedupe: true}
        """;
    Queue<String> shown = new ConcurrentLinkedQueue<>();
    try (TestBroker broker = TestBroker.start(config)) {
      OutgoingMessage acme = OutgoingMessage.text("1").withKey("ACME");
      broker.publish("prices", List.of(acme, OutgoingMessage.text("2").withKey("ACME")));
      Subscriber screen =
          broker
              .subscriber("screen")
              .listenEach(broker.socket("screen"), message -> shown.add(message.payloadText()));
      try (screen) {
        broker.awaitAcknowledged("prices", "screen", Duration.ofSeconds(30));
      }
    }
    assertThat(shown).containsExactly("2");
  }

  @Test
  void errorInTheConfigurationIsSaid() {
    assertThatThrownBy(() -> TestBroker.start("Topics: [{Name: t, Subscribers: [nobody]}]\n"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("nobody");
  }

  @Test
  void waitingEndsWithTheFigures() {
    try (TestBroker broker = TestBroker.start("t", "a")) {
      assertThatThrownBy(
              () -> {
                broker.publish("t", "1");
                broker.awaitAcknowledged("t", "a", Duration.ofMillis(1));
              })
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("1 messages of topic t are not acknowledged by a");
    }
  }

  @Test
  void whatIsNackedIsNotAcknowledged() throws Exception {
    try (TestBroker broker = TestBroker.start("t", "a")) {
      BlockingQueue<Delivery> failed = new LinkedBlockingQueue<>();
      Subscriber subscriber =
          broker
              .subscriber("a")
              .retryAfter(Duration.ofHours(1))
              .problems((sentence, cause) -> {})
              .subscribeEach(
                  message -> {
                    failed.add(message);
                    throw new IllegalStateException("no disk");
                  });
      broker.publish("t", "1");
      failed.take();
      subscriber.close(); // after the nack is confirmed
      assertThat(broker.unacknowledged("t", "a")).isEqualTo(1);
      assertThatThrownBy(() -> broker.awaitAcknowledged("t", "a", Duration.ofMillis(100)))
          .isInstanceOf(AssertionError.class);
    }
  }

  @Test
  @Order(1)
  void staticFieldIsOneBrokerForAll() throws Exception {
    FOR_ALL.broker().publish("kept", "1");
    forEach.broker().publish("fresh", "1");
  }

  @Test
  @Order(2)
  void fieldOfTheObjectIsABrokerForEach() {
    assertThat(FOR_ALL.broker().unacknowledged("kept", "reader")).isEqualTo(1);
    assertThat(forEach.broker().unacknowledged("fresh", "reader")).isZero();
  }

  @Nested
  class InANestedClass {
    @Test
    void staticFieldOfTheOuterClassHasTheSameBroker() {
      assertThat(FOR_ALL.broker()).isSameAs(ofTheClass);
      assertThat(forEach.broker().unacknowledged("fresh", "reader")).isZero();
    }
  }

  @Nested
  class InAnotherNestedClass {
    @Test
    void brokerOfTheOuterClassIsNotClosedWithANestedClass() throws Exception {
      assertThat(FOR_ALL.broker()).isSameAs(ofTheClass);
      FOR_ALL.broker().publish("kept", "2");
      assertThat(FOR_ALL.broker().unacknowledged("kept", "reader")).isPositive();
    }
  }
}
