package io.ppmq.cli.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.ppmq.cli.option.AdminClient;
import io.ppmq.cli.option.BrokerOption;
import io.ppmq.cli.option.Target;
import io.ppmq.cli.output.Failure;
import io.ppmq.cli.output.Terminal;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Looks up which keys are out with a subscriber: the broker ignores all others silently. */
final class KeysOut {
  /** More keys are not looked up: each takes a request. */
  private static final int CHECKED_MAX = 20;

  private KeysOut() {}

  /**
   * The keys that are not out with the subscriber; empty where that cannot be known, since the
   * admin interface is not for everybody.
   */
  static List<String> missing(
      BrokerOption broker, String topic, String subscriber, List<String> keys, Terminal terminal) {
    if (keys.size() > CHECKED_MAX) {
      return List.of();
    }
    List<String> missing = new ArrayList<>();
    try {
      AdminClient admin = broker.admin(terminal);
      String queue = "topic=" + Target.encode(topic) + "&subscriber=" + Target.encode(subscriber);
      for (String key : keys) {
        String named = "/peek?max=1&" + queue + "&key=" + Target.encode(key) + "&state=";
        if (isEmpty(admin.get(named + "in+flight")) && isEmpty(admin.get(named + "redeliver"))) {
          missing.add(key);
        }
      }
    } catch (IOException | Failure e) {
      return List.of(); // what is wrong with the broker shows when it is sent the keys
    }
    return missing;
  }

  private static boolean isEmpty(byte[] array) {
    return new String(array, UTF_8).indexOf('{') < 0;
  }
}
