package io.ppmq.topic;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.message.Bytes;
import io.ppmq.message.Message;
import io.ppmq.store.Entry;
import io.ppmq.store.memory.MemoryStore;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Expired messages. */
class ExpiryTest {
  private static final Instant SOON = Instant.ofEpochMilli(OneTopic.NOW_MILLIS + 1000);

  private final MemoryStore store = new MemoryStore(1, "nonce000");

  private OneTopic orders(boolean dedupe) {
    return new OneTopic(store, OneTopic.settings(List.of("ann", "bob"), dedupe, 1));
  }

  private static Message message(@Nullable String key, String payload, @Nullable Instant expires) {
    return new Message(key == null ? null : Bytes.utf8(key), Bytes.utf8(payload), expires, 0);
  }

  @Test
  void whatHasExpiredIsInNoQueueAndTakesNoSpace() {
    OneTopic orders = orders(false);
    orders.publish(message(null, "short", SOON));
    orders.publish(message(null, "long", null));
    orders.expire(SOON);

    assertThat(orders.send("ann")).containsExactly("long");
    assertThat(orders.stats("ann").expired()).isOne();
    assertThat(orders.stats("bob").expired()).isOne();
    assertThat(orders.stats("bob").backlog()).isOne();
  }

  @Test
  void nothingExpiresBeforeItsMoment() {
    OneTopic orders = orders(false);
    orders.publish(message(null, "short", SOON));
    orders.expire(SOON.minusMillis(1));

    assertThat(orders.send("ann")).containsExactly("short");
  }

  @Test
  void expiryOfAVersionThatWasReplacedDoesNothing() {
    OneTopic orders = orders(true);
    orders.publish(message("k", "old", SOON));
    orders.publish(message("k", "new", null));
    orders.expire(SOON);

    assertThat(orders.send("ann")).containsExactly("new");
  }

  @Test
  void whatExpiresWhileItIsOutHoldsBackNothing() {
    OneTopic orders = orders(true);
    orders.publish(message("k", "1", SOON));
    assertThat(orders.send("ann")).containsExactly("1");
    assertThat(orders.topic().nextEndMillis()).isEqualTo(SOON.toEpochMilli());
    orders.publish(message("l", "2", null));
    assertThat(orders.worker("ann").isReady()).isFalse();

    orders.expire(SOON);
    orders.topic().expireOut(SOON.toEpochMilli());
    orders.commit();

    assertThat(orders.stats("ann").inFlight()).isZero();
    assertThat(orders.topic().nextEndMillis()).isEqualTo(Entry.NEVER);
    assertThat(orders.send("ann")).containsExactly("2");
  }
}
