package io.ppmq.embed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ppmq.broker.ErrorCode;
import io.ppmq.broker.RefusedException;
import io.ppmq.topic.TopicSettings;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class PpmqTest {
  private final BlockingQueue<Received> handled = new LinkedBlockingQueue<>();

  @Test
  void whatIsPublishedComesToTheHandlerInItsOrder() throws Exception {
    try (Ppmq ppmq = Ppmq.open(PpmqConfig.inMemory().topic("mails", "mailer", "archive"))) {
      ppmq.publish("mails", "before").get();
      ppmq.subscribe("mailer", handled::add);
      for (int i = 0; i < 500; i++) {
        var unused = ppmq.publish("mails", "m" + i);
      }
      assertThat(handled.take().payload()).isEqualTo("before");
      for (int i = 0; i < 500; i++) {
        Received message = handled.take();
        assertThat(message.payload()).isEqualTo("m" + i);
        assertThat(message.attempt()).isEqualTo(1);
      }
    }
  }

  @Test
  void whatWasNotHandledIsThereWhenItIsOpenedAgain(@TempDir Path directory) throws Exception {
    PpmqConfig config = PpmqConfig.in(directory.resolve("data")).topic("mails", "mailer");
    try (Ppmq ppmq = Ppmq.open(config)) {
      ppmq.publish("mails", "kept").get();
    }
    try (Ppmq ppmq = Ppmq.open(config)) {
      ppmq.subscribe("mailer", handled::add);
      assertThat(handled.take().payload()).isEqualTo("kept");
    }
    try (Ppmq ppmq = Ppmq.open(config)) {
      ppmq.subscribe("mailer", handled::add);
      ppmq.publish("mails", "next").get();
      assertThat(handled.take().payload()).isEqualTo("next"); // the other was acknowledged
    }
  }

  @Test
  void messageThatFailsComesAgainAndTheOthersDoNot() throws Exception {
    TopicSettings topic = new TopicSettings("t", List.of("s"), 100, false, 1, false);
    try (Ppmq ppmq = Ppmq.open(PpmqConfig.inMemory().topic(topic))) {
      ppmq.subscribe(
          "s",
          message -> {
            handled.add(message);
            if (message.payload().equals("bad") && message.attempt() == 1) {
              throw new IllegalStateException("no disk");
            }
          });
      ppmq.publish("t", "bad").get();
      ppmq.publish("t", "good").get();
      assertThat(handled.take().payload()).isEqualTo("bad");
      Received again = handled.take();
      while (!again.payload().equals("bad")) {
        again = handled.take();
      }
      assertThat(again.attempt()).isEqualTo(2);
    }
  }

  @Test
  void mistakesAreSaid() {
    try (Ppmq ppmq = Ppmq.open(PpmqConfig.inMemory().topic("t", "s"))) {
      assertThatThrownBy(() -> ppmq.publish("u", "1").get())
          .cause()
          .isInstanceOfSatisfying(
              RefusedException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNKNOWN_TOPIC));
      assertThatThrownBy(() -> ppmq.subscribe("nobody", handled::add))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("nobody");
      ppmq.subscribe("s", handled::add);
      assertThatThrownBy(() -> ppmq.subscribe("s", handled::add))
          .isInstanceOf(IllegalStateException.class);
    }
  }
}
