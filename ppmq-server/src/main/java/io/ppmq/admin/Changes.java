package io.ppmq.admin;

import io.ppmq.broker.Broker;
import io.ppmq.broker.request.Pause;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.config.InvalidConfig;
import io.ppmq.http.BadRequest;
import io.ppmq.message.Bytes;
import io.ppmq.message.Printable;
import io.ppmq.topic.Purged;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The changes that a POST can make, as JSON. Each change is logged, because the broker does not
 * make it on its own.
 */
final class Changes {
  private static final Logger LOGGER = LoggerFactory.getLogger("ppmq");

  private static final int NOT_FOUND = 404;

  private final Broker broker;
  private final Reloading reloading;

  Changes(Broker broker, Reloading reloading) {
    this.broker = broker;
    this.reloading = reloading;
  }

  String reload() throws InvalidConfig, RefusedException {
    return Json.reloaded(reloading.reload());
  }

  String pause(Query query) throws BadRequest, RefusedException {
    Pause pause = pauseIn(query);
    boolean changed = broker.pause(pause);
    if (changed) {
      LOGGER.info("paused: {}", shown(pause));
    }
    return Json.changed(changed);
  }

  String resume(Query query) throws BadRequest, RefusedException {
    Pause pause = pauseIn(query);
    boolean changed = broker.resume(pause);
    if (changed) {
      LOGGER.info("resumed: {}", shown(pause));
    }
    return Json.changed(changed);
  }

  private static Pause pauseIn(Query query) throws BadRequest {
    query.allow("topic", "subscriber");
    String topic = query.optional("topic");
    String subscriber = query.optional("subscriber");
    if (topic == null && subscriber == null) {
      throw new BadRequest("a parameter is missing: topic, subscriber or both");
    }
    return new Pause(topic, subscriber);
  }

  private static String shown(Pause pause) {
    String topic = pause.topic() == null ? "" : "topic " + pause.topic();
    String subscriber = pause.subscriber() == null ? "" : "subscriber " + pause.subscriber();
    return topic.isEmpty() || subscriber.isEmpty() ? topic + subscriber : topic + ", " + subscriber;
  }

  /** Deletes one message. */
  String delete(Query query) throws BadRequest, RefusedException {
    query.allow("topic", "key");
    String topic = query.required("topic");
    String key = query.required("key");
    if (!broker.delete(topic, Bytes.utf8(key))) {
      throw new BadRequest(NOT_FOUND, "topic " + topic + " has no message with key " + key);
    }
    LOGGER.info("deleted: topic {}, key {}", topic, Printable.of(key));
    return Json.deleted(topic, key);
  }

  /** A purge in portions, so that the client sees its progress. */
  final class Purging implements Portioned {
    private final String topic;
    private final @Nullable String subscriber;
    private long messages;
    private long before;

    Purging(Query query) throws BadRequest {
      query.allow("topic", "subscriber");
      this.topic = query.required("topic");
      this.subscriber = query.optional("subscriber");
    }

    @Override
    public @Nullable String portion() throws RefusedException, IOException {
      if (subscriber == null) {
        return done(broker.purge(topic));
      }
      Purged purged = broker.purge(topic, subscriber, before);
      messages += purged.messages();
      before = purged.before();
      return purged.isDone() ? done(Map.of(subscriber, messages)) : null;
    }

    private String done(Map<String, Long> purged) {
      purged.forEach(
          (name, count) ->
              LOGGER.info("purged: topic {}, subscriber {}, messages: {}", topic, name, count));
      return Json.purged(topic, purged);
    }
  }
}
