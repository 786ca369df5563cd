package io.ppmq.server;

import io.ppmq.broker.request.Command;
import io.ppmq.broker.request.ErrorCode;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.config.Config;
import io.ppmq.config.SubscriberConfig;
import io.ppmq.config.TopicConfig;
import java.nio.file.attribute.UserPrincipal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The users that may publish to a topic, and those that may be a subscriber: {@code Publishers} and
 * {@code User} of the configuration. A topic or subscriber without a rule is open to every user who
 * can connect. The rules also apply to root. An instance never changes; a reload makes a new one.
 */
final class Access {
  private final Map<String, Users> publishers = new HashMap<>();
  private final Map<String, Users> subscribers = new HashMap<>();

  /** The rules of a configuration. */
  Access(Config config) {
    for (TopicConfig topic : config.topics()) {
      if (!topic.publishers().isEmpty()) {
        publishers.put(topic.name(), new Users(topic.publishers()));
      }
    }
    for (SubscriberConfig subscriber : config.subscribers()) {
      if (!subscriber.user().isEmpty()) {
        subscribers.put(subscriber.name(), new Users(subscriber.user()));
      }
    }
  }

  /**
   * Checks that the peer may give these commands.
   *
   * @throws RefusedException if it may not give one of them
   */
  void check(List<Command> commands, PeerUser peer) throws RefusedException {
    Rights rights = new Rights(peer);
    for (Command command : commands) {
      command.accept(rights);
    }
  }

  /** The rights of one peer. */
  private final class Rights implements Command.Handler<RefusedException> {
    private final PeerUser peer;

    Rights(PeerUser peer) {
      this.peer = peer;
    }

    @Override
    public void publish(Command.Publish publish) throws RefusedException {
      check(
          publishers.get(publish.topic()),
          "publish to topic \"" + publish.topic() + '"',
          ": its Publishers ");
    }

    @Override
    public void acknowledge(Command.Acknowledge acknowledge) throws RefusedException {
      asSubscriber(acknowledge.subscriber(), "acknowledge in topic \"" + acknowledge.topic() + '"');
    }

    @Override
    public void redeliver(Command.Redeliver redeliver) throws RefusedException {
      String topic = redeliver.topic();
      String where = topic == null ? "" : " for topic \"" + topic + '"';
      asSubscriber(redeliver.subscriber(), "send RECONNECT" + where);
    }

    @Override
    public void subscribe(Command.Subscribe subscribe) throws RefusedException {
      asSubscriber(subscribe.subscriber(), "subscribe");
    }

    @Override
    public void unsubscribe(Command.Unsubscribe unsubscribe) throws RefusedException {
      asSubscriber(unsubscribe.subscriber(), "unsubscribe");
    }

    @Override
    public void nack(Command.Nack nack) throws RefusedException {
      asSubscriber(nack.subscriber(), "nack in topic \"" + nack.topic() + '"');
    }

    @Override
    public void extend(Command.Extend extend) throws RefusedException {
      asSubscriber(extend.subscriber(), "send Extend in topic \"" + extend.topic() + '"');
    }

    /** Only an administrator can request this, whose rights are not checked here. */
    @Override
    public void remove(Command.Remove remove) {}

    private void asSubscriber(String subscriber, String what) throws RefusedException {
      check(
          subscribers.get(subscriber),
          what + " as subscriber \"" + subscriber + '"',
          ": its User ");
    }

    private void check(@Nullable Users users, String what, String whose) throws RefusedException {
      if (users != null && !isFor(users, peer)) {
        throw new RefusedException(ErrorCode.DENIED, peer + " may not " + what + whose + users);
      }
    }
  }

  private static boolean isFor(Users users, PeerUser peer) {
    UserPrincipal user = peer.user();
    return user != null && users.has(user);
  }
}
