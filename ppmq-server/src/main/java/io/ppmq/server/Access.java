package io.ppmq.server;

import io.ppmq.broker.Command;
import io.ppmq.config.Config;
import io.ppmq.config.SubscriberConfig;
import io.ppmq.config.TopicConfig;
import java.nio.file.attribute.UserPrincipal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which users may publish to a topic, and which may be a subscriber: {@code Publishers} and {@code
 * User} of the configuration. A topic or subscriber without a rule is open to whoever could
 * connect. Nobody is above the rules, not even root. Never changes; a reload makes another.
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

  /** Why these commands are not the peer's to give, in a sentence; null when they are. */
  @Nullable String refusal(List<Command> commands, PeerUser peer) {
    for (Command command : commands) {
      String refusal = refusal(command, peer);
      if (refusal != null) {
        return refusal;
      }
    }
    return null;
  }

  private @Nullable String refusal(Command command, PeerUser peer) {
    if (command instanceof Command.Publish publish) {
      Users users = publishers.get(publish.topic());
      return isFor(users, peer)
          ? null
          : peer + " may not publish to topic \"" + publish.topic() + "\": its Publishers " + users;
    }
    if (command instanceof Command.Acknowledge acknowledge) {
      return asSubscriber(
          "acknowledge in topic \"" + acknowledge.topic() + '"', acknowledge.subscriber(), peer);
    }
    if (command instanceof Command.Redeliver redeliver) {
      String topic = redeliver.topic();
      String where = topic == null ? "" : " for topic \"" + topic + '"';
      return asSubscriber("send RECONNECT" + where, redeliver.subscriber(), peer);
    }
    return null;
  }

  private @Nullable String asSubscriber(String what, String subscriber, PeerUser peer) {
    Users users = subscribers.get(subscriber);
    return isFor(users, peer)
        ? null
        : peer + " may not " + what + " as subscriber \"" + subscriber + "\": its User " + users;
  }

  private static boolean isFor(@Nullable Users users, PeerUser peer) {
    if (users == null) {
      return true;
    }
    UserPrincipal user = peer.user();
    return user != null && users.has(user);
  }
}
