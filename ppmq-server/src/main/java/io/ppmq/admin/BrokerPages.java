package io.ppmq.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.ppmq.broker.Broker;
import io.ppmq.broker.port.Clock;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.broker.stats.Bound;
import io.ppmq.config.InvalidConfig;
import io.ppmq.http.BadRequest;
import io.ppmq.http.Request;
import io.ppmq.http.Response;
import io.ppmq.topic.ExportPosition;
import io.ppmq.topic.PeekFilter;
import io.ppmq.topic.Peeked;
import io.ppmq.topic.PeekedMessage;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** The pages about one broker: those that show it, and those that change it. */
final class BrokerPages {
  static final int PEEK_DEFAULT = 10;
  static final int PEEK_MAX = 1000;

  private static final String JSON = "application/json";
  private static final String JSON_LINES = "application/x-ndjson";
  private static final int OK = 200;
  private static final int NOT_FOUND = 404;
  private static final int UNAVAILABLE = 503;

  private final Broker broker;
  private final Clock clock;
  private final DeadLetters deadLetters;
  private final Backups backups;
  private final Changes changes;
  private final long startNanos;
  private final Supplier<List<Bound>> bounds;
  private final HeavyAnswers messageAnswers = new HeavyAnswers("messages");

  /**
   * Pages about {@code broker}.
   *
   * @param startNanos the time of the program's start, by {@code clock}
   * @param bounds the use of the bounds outside of the broker, at the time of the call
   */
  BrokerPages(
      Broker broker,
      Reloading reloading,
      Clock clock,
      long startNanos,
      Supplier<List<Bound>> bounds) {
    this.bounds = bounds;
    this.broker = broker;
    this.deadLetters = new DeadLetters(broker);
    this.changes = new Changes(broker, reloading);
    this.clock = clock;
    this.backups = new Backups(broker);
    this.startNanos = startNanos;
  }

  /** The answer to a request that may see and change everything. */
  Response answer(Request request, Query query)
      throws IOException, BadRequest, RefusedException, InvalidConfig {
    String path = request.path();
    if (path.equals("/backup")) {
      return json(backups.handle(request, query));
    }
    return request.method().equals("POST") ? change(path, query) : show(path, query);
  }

  private Response change(String path, Query query)
      throws IOException, BadRequest, RefusedException, InvalidConfig {
    return switch (path) {
      case "/dead/requeue" -> portions(deadLetters.requeue(query));
      case "/dead/drop" -> portions(deadLetters.drop(query));
      case "/pause" -> json(changes.pause(query));
      case "/resume" -> json(changes.resume(query));
      case "/delete" -> json(changes.delete(query));
      case "/publish" -> json(Publication.publish(broker, query));
      case "/purge" -> portions(changes.new Purging(query));
      default -> {
        query.allow();
        yield json(changes.reload());
      }
    };
  }

  /** Sends a line feed after each portion, so that the client sees that the change goes on. */
  private static Response portions(Portioned change)
      throws BadRequest, RefusedException, IOException {
    String first = change.portion();
    return first != null ? json(first) : Response.streamed(JSON, new Portioned.Rest(change));
  }

  private Response show(String path, Query query) throws IOException, BadRequest, RefusedException {
    return switch (path) {
      case "/health" -> health();
      case "/ready" -> ready();
      case "/stats" -> stats();
      case "/names" -> Response.streamed(JSON, new NamesBody(broker));
      case "/peek" -> peek(query);
      case "/export" -> export(query);
      case "/dead" ->
          messageAnswers.make(() -> Response.streamed(JSON_LINES, deadLetters.list(query)));
      default -> throw new BadRequest(NOT_FOUND, "there is no such page: GET /help lists them");
    };
  }

  private Response health() {
    if (!broker.isWorking()) {
      return standing(UNAVAILABLE, "the broker does not answer");
    }
    String damage = broker.outline().damage();
    return damage == null
        ? standing(OK, "the broker works")
        : standing(UNAVAILABLE, "some of what is stored cannot be read: " + damage);
  }

  private Response ready() {
    String reason = broker.whyNotReady();
    return reason == null
        ? standing(OK, "the broker accepts messages")
        : standing(UNAVAILABLE, reason);
  }

  /** Whether all is well, and a sentence about it. */
  static Response standing(int status, String sentence) {
    return Response.of(status, JSON, Json.standing(status == OK, sentence).getBytes(UTF_8));
  }

  private Response stats() throws IOException {
    long uptimeNanos = clock.nanos() - startNanos;
    return Response.streamed(
        JSON, new StatsBody(broker, bounds.get(), uptimeNanos, clock.wallMillis()));
  }

  private Response peek(Query query) throws IOException, BadRequest, RefusedException {
    query.allow("topic", "subscriber", "max", "priority", "key", "state");
    String topic = query.required("topic");
    PeekFilter filter = query.filter();
    int max = query.number("max", PEEK_DEFAULT, PEEK_MAX);
    return messageAnswers.make(() -> peeked(peek(topic, filter, max, query)));
  }

  private static Response peeked(Peeked peeked) throws IOException {
    Response response = Response.streamed(JSON, new PeekBody(peeked.messages()));
    String bound = peeked.end().word();
    return bound == null ? response : response.with(Map.of(Admin.ENDED_HEADER, bound));
  }

  private Peeked peek(String topic, PeekFilter filter, int max, Query query)
      throws BadRequest, RefusedException {
    return filter.state() == PeekedMessage.State.DELAYED
        ? broker.peekDelayed(topic, filter, max)
        : broker.peek(topic, query.required("subscriber"), filter, max);
  }

  private Response export(Query query) throws IOException, BadRequest, RefusedException {
    query.allow("topic", "subscriber", "after");
    String topic = query.required("topic");
    String subscriber = query.optional("subscriber");
    ExportPosition position = query.exportPosition();
    return messageAnswers.make(
        () ->
            Response.streamed(
                JSON_LINES, new ExportBody(broker.export(topic, subscriber, position))));
  }

  static Response json(String text) {
    return Response.of(OK, JSON, text.getBytes(UTF_8));
  }
}
