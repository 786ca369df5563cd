package io.ppmq.cli.client;

import io.ppmq.cli.option.BrokerOption;
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

  /** The number of keys that are extended at a time: a value holds 256 KiB of them at most. */
  private static final int PORTION = 60;

  private KeysOut() {}

  /** The value that is sent about the keys. */
  interface Saying {
    /** Sends the value, and waits for its confirm. */
    void say(SubscriberCommands commands) throws Refused, IOException, InterruptedException;
  }

  /**
   * Sends the statement about these keys, and warns of keys for which it had no effect. To find
   * them, the command first extends the messages: that answer alone names the keys that are not in
   * flight, and every user who may send the statement gets it.
   *
   * @param warning the end of the sentence that warns of a key
   */
  static void say(
      BrokerOption broker,
      String topic,
      String subscriber,
      List<String> keys,
      Terminal terminal,
      String warning,
      Saying saying)
      throws Failure, Refused, IOException, InterruptedException {
    List<String> missing = new ArrayList<>();
    try (var commands = new SubscriberCommands(broker.address(terminal), TIMEOUT)) {
      for (int from = 0; from < keys.size(); from += PORTION) {
        List<String> portion = keys.subList(from, Math.min(from + PORTION, keys.size()));
        missing.addAll(commands.extend(topic, subscriber, portion));
      }
      saying.say(commands);
    } catch (ConnectException e) {
      throw broker.advised(e, terminal);
    }
    for (String key : missing) {
      terminal.complain(
          "warning: key %s is not in flight with subscriber %s: %s"
              .formatted(key, subscriber, warning));
    }
  }
}
