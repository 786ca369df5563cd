package io.ppmq.broker;

import io.ppmq.store.StoreException;
import io.ppmq.topic.Batch;
import io.ppmq.topic.Topic;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The broker's side of one subscriber: whether it can be reached, which of its topics have
 * something for it, and when to try again.
 *
 * <pre>
 *   closed ──something to send, backoff over──▶ opening ──opened──▶ open ⇄ pushing
 *     ▲                                            │ failed          │ failed, closed
 *     └────────────────────────────────────────────┴─────────────────┘
 * </pre>
 *
 * A batch is chosen only once the connection is there, so that it is the right one at that moment.
 * Topics that have something take turns, a batch each. Owned by the writer's thread.
 */
final class SubscriberLink {
  static final long BACKOFF_FIRST_NANOS = 50_000_000L;
  static final long BACKOFF_LAST_NANOS = 5_000_000_000L;
  private static final long STORE_RETRY_NANOS = 1_000_000_000L;

  private enum State {
    CLOSED,
    OPENING,
    OPEN,
    PUSHING
  }

  private SubscriberSettings settings;
  private final Writer writer;
  private final Sender sender;
  private final Map<String, Subscription> subscriptions = new LinkedHashMap<>();
  private final Set<Subscription> ready = new LinkedHashSet<>();
  private final Set<Subscription> unreadable = new LinkedHashSet<>();
  private final Set<Subscription> resting = new LinkedHashSet<>();
  private final Set<Subscription> pushedHere = new LinkedHashSet<>();
  private State state = State.CLOSED;
  private @Nullable Subscription pushing;
  private @Nullable Subscription pushedLast;
  private long backoffNanos = BACKOFF_FIRST_NANOS;
  private long retryAtNanos;
  private boolean waits;
  private boolean proven;
  private boolean reported;
  private boolean gone;

  SubscriberLink(SubscriberSettings settings, Writer writer, Senders senders) {
    this.settings = settings;
    this.writer = writer;
    this.sender = senders.sender(settings.name(), writer.linkOf(this));
  }

  String name() {
    return settings.name();
  }

  long nowNanos() {
    return writer.nowNanos();
  }

  Map<String, Subscription> subscriptions() {
    return subscriptions;
  }

  // ---- coming and going -----------------------------------------------------------------------

  /** Whether it is reached where these settings say. */
  boolean isFor(SubscriberSettings next) {
    return next.address().equals(settings.address());
  }

  /** Goes by other settings from the next batch on. */
  void apply(SubscriberSettings next) {
    settings = next;
  }

  /** Takes part in a topic from now on. */
  void join(Subscription subscription) {
    subscriptions.put(subscription.topic.settings().name(), subscription);
    ready(subscription);
  }

  /** Takes no part in a topic any longer; the topic has taken back what is out. */
  void leave(Subscription subscription) {
    subscription.leave();
    subscriptions.values().remove(subscription);
    ready.remove(subscription);
    pushedHere.remove(subscription);
    if (pushedLast == subscription) {
      pushedLast = null;
    }
    if (pushing == subscription) {
      pushing = null;
    }
  }

  /** Whether it was closed: whatever its sender still tells is of no meaning. */
  boolean isGone() {
    return gone;
  }

  // ---- sending --------------------------------------------------------------------------------

  /** This topic may have something to send. */
  void ready(Subscription subscription) {
    if (ready.add(subscription) || state == State.OPEN || state == State.CLOSED) {
      writer.dispatchLater(this);
    }
  }

  /** Sends the next batch, or connects, if there is something to send and it can be done now. */
  void dispatch() {
    ready.removeIf(subscription -> !subscription.isReady() || resting.contains(subscription));
    if (ready.isEmpty()) {
      return;
    }
    if (state == State.OPEN) {
      pushNext();
    } else if (state == State.CLOSED && !isWaiting()) {
      state = State.OPENING;
      sender.open();
    }
  }

  /**
   * Sends the next batch before what was done in this turn is committed, if what was committed
   * before fills it and that does not change its order. So the subscriber is at work while the
   * acknowledgement of the batch before is kept, and one commit keeps both.
   */
  void dispatchAhead() {
    if (state != State.OPEN) {
      return;
    }
    for (Subscription subscription : ready) {
      if (subscription.isReadyAhead(settings.limits().messagesMax())
          && !resting.contains(subscription)) {
        pushAhead(subscription);
        return;
      }
    }
  }

  private void pushAhead(Subscription next) {
    Batch batch = choose(next, true);
    if (batch != null) {
      ready.remove(next);
      push(next, batch);
    }
  }

  /**
   * Makes ready what follows the batch that was pushed last, while the subscriber is at work. What
   * cannot be read for that is read again when it is chosen.
   */
  void prepare() {
    Subscription last = pushedLast;
    pushedLast = null;
    if (state != State.OPEN || last == null) {
      return;
    }
    Batch next;
    try {
      next = last.topic.prepare(name(), settings.limits());
    } catch (StoreException e) {
      return;
    }
    if (next != null) {
      sender.prepare(next);
    }
  }

  private boolean isWaiting() {
    return waits && nowNanos() - retryAtNanos < 0;
  }

  private void pushNext() {
    Subscription next = ready.iterator().next();
    ready.remove(next);
    Batch batch = choose(next, false);
    if (!resting.contains(next)) {
      if (batch == null && writer.isOutage()) {
        readyLater(next); // what there is may be held until it is committed
      } else if (next.isReady()) {
        ready(next);
      }
    }
    if (batch != null) {
      push(next, batch);
    } else if (!ready.isEmpty()) {
      writer.dispatchLater(this);
    }
  }

  /** The next batch, perhaps ahead of the commit; null when there is none or it cannot be read. */
  private @Nullable Batch choose(Subscription next, boolean ahead) {
    try {
      Batch batch =
          ahead
              ? next.topic.chooseAhead(name(), settings.limits(), writer.nowMillis())
              : next.topic.choose(name(), settings.limits(), writer.nowMillis());
      writer.changed(next.topic);
      unreadable.remove(next);
      return batch;
    } catch (StoreException e) {
      unreadable(next, e);
      return null;
    }
  }

  private void push(Subscription next, Batch batch) {
    state = State.PUSHING;
    pushing = next;
    if (sender.push(batch)) {
      pushed();
    }
  }

  private void readyLater(Subscription subscription) {
    writer.timers().at(nowNanos() + STORE_RETRY_NANOS, () -> ready(subscription));
  }

  /** The topic rests for a while; others that are ready take their turn. */
  private void unreadable(Subscription subscription, StoreException e) {
    if (unreadable.add(subscription)) {
      writer.events().unreadable(subscription.topic.settings().name(), name(), e.sentence());
    }
    resting.add(subscription);
    writer
        .timers()
        .at(
            nowNanos() + STORE_RETRY_NANOS,
            () -> {
              resting.remove(subscription);
              ready(subscription);
            });
  }

  // ---- what the sender tells ------------------------------------------------------------------

  void opened() {
    state = State.OPEN;
    proven = false;
    pushedHere.clear();
    writer.dispatchLater(this);
  }

  void pushed() {
    state = State.OPEN;
    if (reported) {
      reported = false;
      writer.events().reachableAgain(name());
    }
    Subscription done = pushing;
    pushing = null;
    if (done != null) {
      pushedHere.add(done);
      pushedLast = done;
      writer.prepareLater(this);
      done.pushed(nowNanos(), writer.timers());
      writer.pushedFrom(done.topic);
      ready(done);
    }
    writer.dispatchLater(this);
  }

  void failed(String reason) {
    boolean again = proven && state == State.PUSHING;
    boolean closed = state == State.PUSHING;
    state = State.CLOSED;
    Subscription undone = pushing;
    pushing = null;
    if (undone != null) {
      undone.topic.failed(name());
      writer.changed(undone.topic);
      ready(undone);
    }
    if (closed) {
      redeliverOnClose();
    }
    if (again) {
      writer.dispatchLater(this);
      return;
    }
    backOff();
    if (!reported) {
      reported = true;
      writer.events().unreachable(name(), reason);
    }
  }

  void closed(boolean unread) {
    if (state == State.OPEN) {
      state = State.CLOSED;
    }
    if (unread) {
      for (Subscription subscription : pushedHere) {
        if (subscription.topic.awaitsAcknowledgement(name())) {
          subscription.redeliver(Undertaker.CLOSED);
        }
      }
    }
    if (redeliverOnClose() || unread || pushedHere.isEmpty()) {
      backOff(); // who takes nothing is no more ready at once than who is not there
    }
    pushedHere.clear();
    writer.dispatchLater(this);
  }

  /** Whether something was out that waits by now, because the connection is closed. */
  private boolean redeliverOnClose() {
    boolean any = false;
    if (settings.redeliverOnClose()) {
      for (Subscription subscription : subscriptions.values()) {
        if (subscription.topic.awaitsAcknowledgement(name())) {
          subscription.redeliver(Undertaker.CLOSED);
          any = true;
        }
      }
    }
    return any;
  }

  /** Something of a topic waits to be sent again. */
  void mayHaveDied(Topic topic, String why) {
    writer.mayHaveDied(topic, why);
  }

  private void backOff() {
    if (isWaiting()) {
      return; // this attempt has been counted
    }
    waits = true;
    retryAtNanos = nowNanos() + backoffNanos;
    backoffNanos = Math.min(backoffNanos * 2, BACKOFF_LAST_NANOS);
    writer.timers().at(retryAtNanos, () -> writer.dispatchLater(this));
  }

  // ---- what the subscriber tells --------------------------------------------------------------

  /** It acknowledged something: it lives. */
  void acknowledged() {
    proven = true;
    backoffNanos = BACKOFF_FIRST_NANOS;
  }

  /** It says that it is there, or its socket appeared: no more waiting. */
  void awake() {
    backoffNanos = BACKOFF_FIRST_NANOS;
    waits = false;
    writer.dispatchLater(this);
  }

  /** Lets go of the subscriber for good. */
  void close() {
    gone = true;
    ready.clear();
    sender.close();
  }

  /** Whether it can be reached, as users read it. */
  String stateName() {
    if (state == State.CLOSED) {
      return isWaiting() ? "unreachable" : "idle";
    }
    return state == State.OPENING ? "connecting" : "connected";
  }
}
