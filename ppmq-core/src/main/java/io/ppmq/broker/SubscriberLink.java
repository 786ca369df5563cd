package io.ppmq.broker;

import io.ppmq.store.StoreException;
import io.ppmq.topic.Batch;
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
final class SubscriberLink implements Agenda.Recipient, Subscription.Owner {
  private static final long STORE_RETRY_NANOS = 1_000_000_000L;

  private enum State {
    CLOSED,
    OPENING,
    OPEN,
    PUSHING
  }

  private SubscriberSettings settings;
  private final Agenda agenda;
  private final Timers timers;
  private final Outage outage;
  private final BrokerEvents events;
  private @Nullable Sender sender;
  private final Map<String, Subscription> subscriptions = new LinkedHashMap<>();
  private final Set<Subscription> ready = new LinkedHashSet<>();
  private final Set<Subscription> unreadable = new LinkedHashSet<>();
  private final Set<Subscription> resting = new LinkedHashSet<>();
  private final Set<Subscription> pushedHere = new LinkedHashSet<>();
  private final Backoff backoff = new Backoff();
  private State state = State.CLOSED;
  private @Nullable Subscription pushing;
  private @Nullable Subscription pushedLast;
  private boolean proven;
  private boolean reported;
  private boolean gone;

  SubscriberLink(
      SubscriberSettings settings,
      Agenda agenda,
      Timers timers,
      Outage outage,
      BrokerEvents events) {
    this.settings = settings;
    this.agenda = agenda;
    this.timers = timers;
    this.outage = outage;
    this.events = events;
  }

  /** Sends through this sender, which reports here; to be called once, before anything else. */
  void sendThrough(Sender made) {
    sender = made;
  }

  private Sender sender() {
    if (sender == null) {
      throw new IllegalStateException(name() + " has no sender yet");
    }
    return sender;
  }

  String name() {
    return settings.name();
  }

  // ---- coming and going -----------------------------------------------------------------------

  /** Whether it is reached where these settings say. */
  boolean isFor(SubscriberSettings next) {
    return next.address().equals(settings.address());
  }

  /** Has other settings from the next batch on. */
  void apply(SubscriberSettings next) {
    settings = next;
  }

  /** Takes part in a topic from now on. */
  void join(Subscription subscription) {
    subscriptions.put(subscription.topicName(), subscription);
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

  /** Whether it was closed: what its sender still reports has no meaning. */
  boolean isGone() {
    return gone;
  }

  /** Lets go of the subscriber for good. */
  void close() {
    gone = true;
    ready.clear();
    sender().close();
  }

  // ---- sending --------------------------------------------------------------------------------

  @Override
  public void ready(Subscription subscription) {
    if (ready.add(subscription) || state == State.OPEN || state == State.CLOSED) {
      agenda.dispatch(this);
    }
  }

  @Override
  public void dispatch(Turn turn) {
    ready.removeIf(subscription -> !subscription.isReady() || resting.contains(subscription));
    if (ready.isEmpty()) {
      return;
    }
    if (state == State.OPEN) {
      pushNext(turn);
    } else if (state == State.CLOSED && !backoff.isWaiting(turn)) {
      state = State.OPENING;
      sender().open();
    }
  }

  /**
   * {@inheritDoc} The batch goes out only where it does not change the order. So the subscriber is
   * at work while the acknowledgement of the batch before is kept, and one commit keeps both.
   */
  @Override
  public void dispatchAhead(Turn turn) {
    if (state != State.OPEN) {
      return;
    }
    for (Subscription subscription : ready) {
      if (subscription.isReadyAhead(settings.limits().messagesMax())
          && !resting.contains(subscription)) {
        pushAhead(subscription, turn);
        return;
      }
    }
  }

  private void pushAhead(Subscription next, Turn turn) {
    Batch batch = choose(next, true, turn);
    if (batch != null) {
      ready.remove(next);
      push(next, batch, turn);
    }
  }

  /** {@inheritDoc} What cannot be read for that is read again when it is chosen. */
  @Override
  public void prepare() {
    Subscription last = pushedLast;
    pushedLast = null;
    if (state != State.OPEN || last == null) {
      return;
    }
    Batch next;
    try {
      next = last.prepare(settings.limits());
    } catch (StoreException e) {
      return;
    }
    if (next != null) {
      sender().prepare(next);
    }
  }

  private void pushNext(Turn turn) {
    Subscription next = ready.iterator().next();
    ready.remove(next);
    Batch batch = choose(next, false, turn);
    if (!resting.contains(next)) {
      if (batch == null && outage.isOn()) {
        readyLater(next, turn); // what there is may be held until it is committed
      } else {
        next.look();
      }
    }
    if (batch != null) {
      push(next, batch, turn);
    } else if (!ready.isEmpty()) {
      agenda.dispatch(this);
    }
  }

  /** The next batch, perhaps ahead of the commit; null when there is none or it cannot be read. */
  private @Nullable Batch choose(Subscription next, boolean ahead, Turn turn) {
    try {
      Batch batch =
          ahead ? next.chooseAhead(settings.limits(), turn) : next.choose(settings.limits(), turn);
      unreadable.remove(next);
      return batch;
    } catch (StoreException e) {
      unreadable(next, e, turn);
      return null;
    }
  }

  private void push(Subscription next, Batch batch, Turn turn) {
    state = State.PUSHING;
    pushing = next;
    if (sender().push(batch)) {
      pushed(turn);
    }
  }

  private void readyLater(Subscription subscription, Turn turn) {
    timers.at(turn.nowNanos() + STORE_RETRY_NANOS, due -> ready(subscription));
  }

  /** The topic rests for a while; others that are ready take their turn. */
  private void unreadable(Subscription subscription, StoreException e, Turn turn) {
    if (unreadable.add(subscription)) {
      events.unreadable(subscription.topicName(), name(), e.sentence());
    }
    resting.add(subscription);
    timers.at(
        turn.nowNanos() + STORE_RETRY_NANOS,
        due -> {
          resting.remove(subscription);
          ready(subscription);
        });
  }

  // ---- what the sender reports ----------------------------------------------------------------

  void opened() {
    state = State.OPEN;
    proven = false;
    pushedHere.clear();
    agenda.dispatch(this);
  }

  void pushed(Turn turn) {
    state = State.OPEN;
    if (reported) {
      reported = false;
      events.reachableAgain(name());
    }
    Subscription done = pushing;
    pushing = null;
    if (done != null) {
      pushedHere.add(done);
      pushedLast = done;
      agenda.prepare(this);
      done.pushed(turn);
      ready(done);
    }
    agenda.dispatch(this);
  }

  void failed(String reason, Turn turn) {
    boolean again = proven && state == State.PUSHING;
    boolean closed = state == State.PUSHING;
    state = State.CLOSED;
    Subscription undone = pushing;
    pushing = null;
    if (undone != null) {
      undone.failed();
      ready(undone);
    }
    if (closed) {
      redeliverOnClose();
    }
    if (again) {
      agenda.dispatch(this);
      return;
    }
    backOff(turn);
    if (!reported) {
      reported = true;
      events.unreachable(name(), reason);
    }
  }

  void closed(boolean unread, Turn turn) {
    if (state == State.OPEN) {
      state = State.CLOSED;
    }
    if (unread) {
      redeliverWhereOut(pushedHere);
    }
    if (redeliverOnClose() || unread || pushedHere.isEmpty()) {
      backOff(turn); // a subscriber that takes nothing is left alone like one that is not there
    }
    pushedHere.clear();
    agenda.dispatch(this);
  }

  /** Whether something was out that waits by now, because the connection is closed. */
  private boolean redeliverOnClose() {
    return settings.redeliverOnClose() && redeliverWhereOut(subscriptions.values());
  }

  private static boolean redeliverWhereOut(Iterable<Subscription> asked) {
    boolean any = false;
    for (Subscription subscription : asked) {
      if (subscription.awaitsAcknowledgement()) {
        subscription.redeliver(Agenda.Spent.CLOSED);
        any = true;
      }
    }
    return any;
  }

  private void backOff(Turn turn) {
    if (!backoff.isWaiting(turn)) { // otherwise this attempt has been counted
      timers.at(backoff.begin(turn), due -> agenda.dispatch(this));
    }
  }

  // ---- what the subscriber tells --------------------------------------------------------------

  /** It acknowledged something in a topic: it lives. */
  void acknowledged(String topic) {
    proven = true;
    backoff.shorten();
    Subscription subscription = subscriptions.get(topic);
    if (subscription == null) {
      throw new IllegalStateException(name() + " is no subscriber of " + topic);
    }
    subscription.look();
  }

  /** It asks for everything again that was sent, of one topic or, with null, of all. */
  void redeliver(@Nullable String topic) {
    for (Subscription subscription : subscriptions.values()) {
      if (topic == null || subscription.topicName().equals(topic)) {
        subscription.redeliver(Agenda.Spent.RECONNECTED);
      }
    }
  }

  /** It says that it is there, or its socket appeared: no more waiting. */
  void awake() {
    backoff.end();
    agenda.dispatch(this);
  }

  /** Whether it can be reached, as users read it. */
  String stateName(Turn turn) {
    if (state == State.CLOSED) {
      return backoff.isWaiting(turn) ? "unreachable" : "idle";
    }
    return state == State.OPENING ? "connecting" : "connected";
  }
}
