package io.ppmq.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An account outside of the broker: the messages and answers of producers, the messages and
 * acknowledgements of each subscriber, and the lives of brokers. Every batch is checked against it
 * at its arrival; see {@link TortureView}. One lock guards all of it.
 */
final class Ledger {
  private final Map<String, TortureView> views = new LinkedHashMap<>();
  private final Map<String, KeyedVersions> keyed = new HashMap<>();
  private final Map<String, Published> byName = new HashMap<>();
  private final Map<String, Published> byBrokerKey = new HashMap<>();
  private final List<Life> lives = new ArrayList<>();
  private final List<List<Published>> unconfirmed = new ArrayList<>();
  private int confirmed;

  /** An empty account; {@code pace} stretches the bounds of times. */
  Ledger(Pace pace) {
    for (TortureTopic topic : TortureTopic.ALL) {
      keyed.put(topic.name(), new KeyedVersions());
      for (String subscriber : topic.subscribers()) {
        views.put(subscriber + " " + topic.name(), new TortureView(subscriber, topic, pace));
      }
    }
  }

  // ---- lives ----------------------------------------------------------------------------------

  synchronized void begins() {
    lives.add(new Life(lives.size()));
  }

  /** The broker was killed; everything written survives. */
  synchronized void killed() {
    views.values().forEach(TortureView::killed);
  }

  /** The power was lost: messages confirmed before that moment must exist. */
  synchronized void cut(long keptBeforeNanos) {
    life().endedKeepingBefore(keptBeforeNanos);
    views.values().forEach(TortureView::cut);
  }

  synchronized Life life() {
    return lives.get(lives.size() - 1);
  }

  // ---- producers ------------------------------------------------------------------------------

  /** The messages of a value are about to be sent. */
  synchronized void sending(List<Published> value) {
    long now = System.nanoTime();
    for (Published message : value) {
      message.sentNanos = now;
      byName.put(message.name, message);
      if (message.isKeyed()) {
        keyed.get(message.topic.name()).sent(message);
      }
    }
  }

  /** The broker of that life confirmed a value. */
  synchronized void confirmed(List<Published> value, Life inLife) {
    long now = System.nanoTime();
    for (Published message : value) {
      message.settledNanos = now;
      message.confirmedIn = inLife;
      confirmed++;
      for (String subscriber : message.topic.subscribers()) {
        view(subscriber, message.topic.name()).confirmed(message);
      }
    }
  }

  /** The broker that a value was sent to is gone, and the outcome is unknown. */
  synchronized void gone(List<Published> value) {
    long now = System.nanoTime();
    value.forEach(message -> message.settledNanos = now);
    unconfirmed.add(value);
  }

  // ---- subscribers ----------------------------------------------------------------------------

  /** A batch arrived; returns its messages. */
  synchronized List<Published> received(Push push) {
    List<Published> messages = new ArrayList<>();
    for (Push.Received message : push.messages()) {
      messages.add(known(push, message));
    }
    TortureView view = view(push.subscriber(), push.topic());
    view.received(push, messages, lives.get(push.life()), keyed.get(push.topic()));
    return messages;
  }

  private Published known(Push push, Push.Received message) {
    Published published = byName.get(Published.nameIn(message.payload()));
    assertThat(published).as("nobody sent %s", message).isNotNull();
    assertThat(published.topic.name()).as("topic of %s", published).isEqualTo(push.topic());
    assertThat(message.payload()).as("payload of %s", published).isEqualTo(published.payload());
    assertThat(message.priority()).as("priority of %s", published).isEqualTo(published.priority);
    if (published.isKeyed()) {
      assertThat(message.key()).as("key of %s", published).isEqualTo(published.key);
    } else {
      checkBrokerKey(published, push.topic() + " " + message.key());
    }
    return published;
  }

  /** Checks that a key of the broker is used for one message, and that a message has one key. */
  private void checkBrokerKey(Published message, String key) {
    Published before = byBrokerKey.putIfAbsent(key, message);
    assertThat(before == null ? message : before).as("what has the key %s", key).isSameAs(message);
    assertThat(message.brokerKey == null ? key : message.brokerKey)
        .as("key of %s", message)
        .isEqualTo(key);
    message.brokerKey = key;
  }

  /** An acknowledgement is about to be sent to the broker of that life. */
  synchronized void acknowledging(Push push, List<Published> messages, Life inLife) {
    TortureView view = view(push.subscriber(), push.topic());
    if (push.life() < inLife.number()) {
      view.acknowledgesLate(inLife.number());
    }
    view.acknowledging(messages, inLife.number());
  }

  synchronized void acknowledged(Push push, List<Published> messages, Life inLife) {
    view(push.subscriber(), push.topic()).acknowledged(messages, inLife);
  }

  synchronized void disturbed(String subscriber) {
    for (TortureTopic topic : TortureTopic.ALL) {
      if (topic.subscribers().contains(subscriber)) {
        view(subscriber, topic.name()).disturbed(life().number());
      }
    }
  }

  private TortureView view(String subscriber, String topic) {
    TortureView view = views.get(subscriber + " " + topic);
    assertThat(view).as("%s gets %s", subscriber, topic).isNotNull();
    return view;
  }

  // ---- the balance ----------------------------------------------------------------------------

  /** The messages still to arrive, as text. */
  synchronized List<String> missing() {
    List<String> missing = new ArrayList<>();
    int now = life().number();
    for (TortureView view : views.values()) {
      missing.addAll(view.missing(keyed.get(view.topic().name()), now));
    }
    return missing;
  }

  /** Checks that the messages of a value are stored together or not at all, confirmed or not. */
  synchronized void checkValuesAreWhole() {
    for (List<Published> value : unconfirmed) {
      TortureTopic topic = value.get(0).topic;
      boolean stored = value.stream().anyMatch(message -> message.survived);
      if (stored && !topic.dedupe() && !topic.expires()) {
        for (String subscriber : topic.subscribers()) {
          assertThat(value)
              .as("%s: of a value that was not confirmed, and stored", subscriber)
              .allMatch(view(subscriber, topic.name())::came);
        }
      }
    }
  }

  /**
   * The number of confirmed messages that a loss of power was allowed to take and took: a
   * subscriber never got them.
   */
  synchronized int lostAsAllowed() {
    int lost = 0;
    for (Published message : byName.values()) {
      if (message.confirmedIn != null && !message.isCertain() && !message.isKeyed()) {
        boolean came = true;
        for (String subscriber : message.topic.subscribers()) {
          came &= view(subscriber, message.topic.name()).came(message);
        }
        lost += came || message.topic.expires() ? 0 : 1;
      }
    }
    return lost;
  }

  synchronized int confirmedMessages() {
    return confirmed;
  }

  synchronized String summary() {
    Collection<TortureView> all = views.values();
    int messages = all.stream().mapToInt(TortureView::deliveries).sum();
    int duplicates = all.stream().mapToInt(TortureView::duplicates).sum();
    return "%d messages sent, %d confirmed, %d deliveries, %d duplicates of what was out"
        .formatted(byName.size(), confirmed, messages + duplicates, duplicates);
  }
}
