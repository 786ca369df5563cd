package io.ppmq.admin;

import io.ppmq.broker.Broker;
import io.ppmq.broker.request.Answer;
import io.ppmq.broker.request.Command;
import io.ppmq.broker.request.ErrorCode;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.broker.request.Submission;
import io.ppmq.http.BadRequest;
import io.ppmq.message.Bytes;
import io.ppmq.message.Message;
import io.ppmq.topic.TopicSettings;
import io.ppmq.wire.PayloadText;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A message that an administrator publishes to test the subscribers of a topic. */
final class Publication {
  private static final Logger LOGGER = LoggerFactory.getLogger("ppmq");

  private static final int KEY_BYTES_MAX = 4096;
  private static final long SECONDS_MAX = 10;

  private Publication() {}

  /** Publishes the message in the query and waits until it is stored or refused. */
  static String publish(Broker broker, Query query)
      throws BadRequest, RefusedException, IOException {
    query.allow("topic", "key", "priority", "payload");
    String topic = query.required("topic");
    Bytes payload = payload(query);
    String key = query.optional("key");
    if (key != null && Bytes.utf8(key).length() > KEY_BYTES_MAX) {
      throw new BadRequest("a key has at most " + KEY_BYTES_MAX + " bytes");
    }
    TopicSettings settings = broker.settings().topics().get(topic);
    int priority = settings == null ? 0 : query.priority(settings.priorities());
    Message message = new Message(key == null ? null : Bytes.utf8(key), payload, null, priority);
    Wait wait = new Wait();
    Command command = new Command.Publish(topic, List.of(message));
    try {
      broker.submit(new Submission(List.of(command), payload.length(), wait));
      wait.end();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("the broker stops", e);
    }
    LOGGER.info("published: topic {}, one message, by the admin interface", topic);
    return Json.changed(true);
  }

  private static Bytes payload(Query query) throws BadRequest {
    try {
      return PayloadText.read(Bytes.utf8(query.required("payload")));
    } catch (RefusedException e) {
      throw new BadRequest(e.sentence());
    }
  }

  /** Waits for the outcome. */
  private static final class Wait implements Answer {
    private final CompletableFuture<String> sentence = new CompletableFuture<>();

    @Override
    public void confirmed() {
      sentence.complete("");
    }

    @Override
    public void failed(String reason) {
      sentence.complete(reason);
    }

    @Override
    public void refused(ErrorCode code, String reason) {
      sentence.complete(reason);
    }

    void end() throws BadRequest, IOException, InterruptedException {
      try {
        String reason = sentence.get(SECONDS_MAX, TimeUnit.SECONDS);
        if (!reason.isEmpty()) {
          throw new BadRequest(409, reason);
        }
      } catch (TimeoutException e) {
        throw new BadRequest(
            409, "the message waits for room in the topic, and is published when there is some");
      } catch (ExecutionException e) {
        throw new IOException("never: it is not completed like this", e);
      }
    }
  }
}
