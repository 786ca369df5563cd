package io.ppmq.cli.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.ppmq.cli.option.AdminClient;
import io.ppmq.cli.option.BrokerOption;
import io.ppmq.cli.option.Target;
import io.ppmq.cli.output.Failure;
import io.ppmq.cli.output.Terminal;
import io.ppmq.client.Refused;
import io.ppmq.client.SubscriberCommands;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Sends an acknowledgement or a nack of keys in the name of a subscriber, and warns of keys whose
 * messages are not in flight there: the broker ignores those silently.
 */
final class KeysOut {
  static final Duration TIMEOUT = Duration.ofSeconds(30);

  /** The most keys to look up, because each takes a request. */
  private static final int CHECKED_MAX = 20;

  private KeysOut() {}

  /** The value that is sent about the keys. */
  interface Saying {
    /** Sends the value, and waits for its confirm. */
    void say(SubscriberCommands commands) throws Refused, IOException, InterruptedException;
  }

  /**
   * Sends the statement about these keys, and warns of the keys for which it had no effect.
   *
   * @param what the noun for the statement, for the warning
   * @param states the states, as peek names them, of messages on which the statement has an effect
   */
  static void say(
      BrokerOption broker,
      String topic,
      String subscriber,
      List<String> keys,
      Terminal terminal,
      String what,
      List<String> states,
      Saying saying)
      throws Failure, Refused, IOException, InterruptedException {
    List<String> missing = missing(broker, topic, subscriber, keys, states, terminal);
    try (var commands = new SubscriberCommands(broker.address(terminal), TIMEOUT)) {
      saying.say(commands);
    } catch (ConnectException e) {
      throw broker.advised(e, terminal);
    }
    for (String key : missing) {
      terminal.complain(
          "warning: key "
              + key
              + " was not out with subscriber "
              + subscriber
              + ": its "
              + what
              + " did nothing");
    }
  }

  /**
   * The keys whose messages are in none of the states; empty if that is not known, since not every
   * user may ask the admin interface.
   */
  private static List<String> missing(
      BrokerOption broker,
      String topic,
      String subscriber,
      List<String> keys,
      List<String> states,
      Terminal terminal) {
    if (keys.size() > CHECKED_MAX) {
      return List.of();
    }
    List<String> missing = new ArrayList<>();
    try {
      AdminClient admin = broker.admin(terminal);
      String queue = "topic=" + Target.encode(topic) + "&subscriber=" + Target.encode(subscriber);
      for (String key : keys) {
        String named = "/peek?max=1&" + queue + "&key=" + Target.encode(key) + "&state=";
        if (isInNone(admin, named, states)) {
          missing.add(key);
        }
      }
    } catch (IOException | Failure e) {
      return List.of(); // sending the keys will show a problem of the broker
    }
    return missing;
  }

  private static boolean isInNone(AdminClient admin, String named, List<String> states)
      throws IOException, Failure {
    for (String state : states) {
      if (new String(admin.get(named + Target.encode(state)), UTF_8).indexOf('{') >= 0) {
        return false;
      }
    }
    return true;
  }
}
