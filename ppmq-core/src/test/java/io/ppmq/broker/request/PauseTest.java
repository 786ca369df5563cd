package io.ppmq.broker.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;

/** A pause and its stored form. */
class PauseTest {
  @Test
  void itsMarkSaysTheSameAgain() {
    for (Pause pause :
        List.of(new Pause("orders", null), new Pause(null, "ann"), new Pause("orders", "ann"))) {
      assertThat(Pause.of(pause.mark())).isEqualTo(pause);
    }
  }

  @Test
  void otherMarksAreNone() {
    assertThat(Pause.of("pause")).isNull();
    assertThat(Pause.of("other\torders\tann")).isNull();
    assertThat(Pause.of("pause\torders\tann\tmore")).isNull();
  }

  @Test
  void itCoversWhatItNames() {
    assertThat(new Pause("orders", null).covers("orders", "bob")).isTrue();
    assertThat(new Pause(null, "ann").covers("bills", "ann")).isTrue();
    assertThat(new Pause("orders", "ann").covers("orders", "ann")).isTrue();
    assertThat(new Pause("orders", "ann").covers("orders", "bob")).isFalse();
    assertThat(new Pause("orders", "ann").covers("bills", "ann")).isFalse();
  }

  @Test
  void thereIsNoneOfNothing() {
    assertThatIllegalArgumentException().isThrownBy(() -> new Pause(null, null));
  }
}
