package io.ppmq.server;

import io.ppmq.broker.Broker;
import io.ppmq.broker.request.Answer;
import io.ppmq.broker.request.Command;
import io.ppmq.broker.request.ErrorCode;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.broker.request.Submission;
import io.ppmq.broker.stats.Refusals;
import io.ppmq.message.Printable;
import io.ppmq.wire.AnswerLine;
import io.ppmq.wire.InputBudget;
import io.ppmq.wire.Refusal;
import io.ppmq.wire.Request;
import io.ppmq.wire.Sink;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Submits the values of a connection to the broker, and refuses values that are not allowed. For
 * the listener's thread.
 */
final class Requests implements Sink {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");
  private static final int LOGGED_MAX = 20;

  private final Listener listener;
  private final Broker broker;
  private final Connection connection;
  private final SocketChannel channel;
  private int values;
  private int refusals;
  private boolean clampLogged;
  private boolean acknowledges;
  private @Nullable String subscribedAs;
  private volatile @Nullable PeerUser peer;

  private final @Nullable PeerUser relayed;

  /**
   * The requests of a new connection.
   *
   * @param relayed the user who connected, if another node relays it; null for the user at the
   *     other end of the channel
   */
  Requests(
      Listener listener, Connection connection, SocketChannel channel, @Nullable PeerUser relayed) {
    this.relayed = relayed;
    this.peer = relayed;
    this.listener = listener;
    this.broker = listener.broker();
    this.connection = connection;
    this.channel = channel;
  }

  /** The number of values so far. It wraps. */
  int values() {
    return values;
  }

  /** The number of refused values. */
  int refusals() {
    return refusals;
  }

  @Override
  public void request(Request request, long offset, int bytes) {
    values++;
    String confirm = connection.answers().isDeaf() ? null : request.confirm();
    boolean subscribes = Request.SUBSCRIBE.equals(request.command());
    try {
      checkSubscriber(request);
      int length = confirm == null ? 0 : confirm.length() + request.extendBytes();
      Answer answer = answer(confirm, subscribes, offset, length);
      List<Command> commands = commands(request);
      if (commands.isEmpty() && request.subscriber() != null) {
        broker.settings().check(new Command.Redeliver(request.subscriber(), null));
      }
      broker.collect(new Submission(commands, bytes, answer, connection));
      acknowledges |= request.onlyAcknowledges();
      if (confirm != null) {
        connection.answers().expect(length);
      }
      if (subscribes) {
        subscribedAs = request.subscriber();
      }
    } catch (RefusedException e) {
      broker.refusals().add(Refusals.Reason.UNKNOWN, request.messages().size());
      tell(
          new Refusal(
              offset, e.code(), e.sentence(), confirm == null && subscribes ? "" : confirm));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Answer answer(@Nullable String confirm, boolean subscribes, long offset, int length) {
    if (confirm != null) {
      return Confirm.of(connection, confirm, offset, length);
    }
    return subscribes ? Confirm.ofRefusal(connection, offset) : Answer.NONE;
  }

  /** Refuses a second subscriber: a connection is a worker of one. */
  private void checkSubscriber(Request request) throws RefusedException {
    String command = request.command();
    String asked = request.subscriber();
    String known = subscribedAs;
    if (Request.SUBSCRIBE.equals(command) && known != null && !known.equals(asked)) {
      throw new RefusedException(
          ErrorCode.MALFORMED,
          "this connection has subscribed as \"%s\", and cannot be a worker of \"%s\""
              .formatted(Printable.of(known), shown(asked)));
    }
    if (Request.UNSUBSCRIBE.equals(command) && (known == null || !known.equals(asked))) {
      throw new RefusedException(
          ErrorCode.MALFORMED,
          "this connection has not subscribed as \"%s\"".formatted(shown(asked)));
    }
  }

  private static String shown(@Nullable String name) {
    String all = name == null ? "" : name;
    return Printable.of(all.length() > 100 ? all.substring(0, 100) + "…" : all);
  }

  private static Command command(String name, String subscriber, @Nullable String topic, int size) {
    return switch (name) {
      case Request.SUBSCRIBE -> new Command.Subscribe(subscriber, topic, size);
      case Request.UNSUBSCRIBE -> new Command.Unsubscribe(subscriber, topic);
      default -> new Command.Redeliver(subscriber, topic);
    };
  }

  private List<Command> commands(Request request) {
    List<Command> commands = new ArrayList<>(1);
    String topic = request.topic();
    String subscriber = request.onlyPublishes() ? null : request.subscriber();
    if (topic != null && (!request.messages().isEmpty() || subscriber == null)) {
      if (peer == null && broker.settings().mayHold(topic)) {
        peer().user(); // when it is released, the rules may have changed and the peer may be gone
      }
      commands.add(new Command.Publish(topic, request.messages()));
      checkPriorities(topic, request);
    }
    if (topic != null && subscriber != null) {
      commands.add(new Command.Acknowledge(topic, subscriber, request.acks()));
      addNacks(topic, subscriber, request, commands);
    }
    if (request.command() != null && subscriber != null) {
      commands.add(command(request.command(), subscriber, topic, request.batchSize()));
    }
    return commands;
  }

  private static void addNacks(
      String topic, String subscriber, Request request, List<Command> commands) {
    Request.Nacks nacks = request.nacks();
    if (!nacks.keys().isEmpty()) {
      commands.add(
          new Command.Nack(
              topic, subscriber, nacks.keys(), nacks.retryAfterMillis(), nacks.reason()));
    }
    if (!request.extend().isEmpty()) {
      commands.add(new Command.Extend(topic, subscriber, request.extend()));
    }
  }

  /** The user at the other end. Any thread. */
  synchronized PeerUser peer() {
    PeerUser known = peer;
    if (known == null) {
      known = new PeerUser(channel);
      peer = known;
    }
    return known;
  }

  /** The share of that user. Asks the system, which takes a while. */
  UserShare shareOf(UserShares users) {
    return relayed == null ? users.of(channel) : users.of(relayed);
  }

  /** Names the peer, for the log. */
  private String peerName() {
    return relayed == null ? Peer.of(channel) : relayed.toString();
  }

  private void checkPriorities(String topic, Request request) {
    if (!clampLogged && listener.clamp().applies(topic, request.messages())) {
      clampLogged = true;
      LOG.warn(
          "{} publishes to topic {} with priorities it does not have; the nearest is used",
          peerName(),
          topic);
    }
  }

  @Override
  public void refused(Refusal refusal) {
    values++;
    broker.refusals().add(Refusals.Reason.INVALID, 1);
    tell(refusal);
  }

  private void tell(Refusal refusal) {
    log(refusal.reason(), refusal.offset());
    answer(refusal);
  }

  /** Answers a refusal if the value asked for an answer. */
  private void answer(Refusal refusal) {
    String confirm = refusal.confirm();
    if (confirm != null) {
      connection.send(AnswerLine.refused(confirm, refusal.code(), refusal.sentence()));
    }
  }

  @Override
  public void skipped(Refusal refusal) {
    answer(refusal);
  }

  @Override
  public void broken(Refusal refusal) {
    broker.refusals().add(Refusals.Reason.MALFORMED, 1);
    log(refusal.reason() + "; the connection is closed", refusal.offset());
    answer(refusal);
  }

  /** Logs the reason of a refusal, at a bounded rate. */
  void log(String reason, long offset) {
    refusals++;
    if (refusals <= LOGGED_MAX) {
      String last =
          refusals == LOGGED_MAX ? " (further refusals of this connection are not logged)" : "";
      listener.refusalLog().refused(connection.user(), peerName(), offset, reason, last);
    } else {
      connection.user().log.suppress();
    }
  }

  // ---- room for what is unfinished ------------------------------------------------------------

  @Override
  public boolean acknowledges() {
    return acknowledges;
  }

  @Override
  public InputBudget.Share share() {
    return connection.user().input;
  }

  @Override
  public boolean isRead() {
    return connection.isRead();
  }

  @Override
  public void roomAgain() {
    connection.roomAgain();
  }

  @Override
  public void stalled() {
    connection.stalled();
  }
}
