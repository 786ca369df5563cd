package io.ppmq.admin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import io.ppmq.broker.Broker;
import io.ppmq.broker.Clock;
import io.ppmq.broker.RefusedException;
import io.ppmq.config.InvalidConfig;
import io.ppmq.config.Problem;
import io.ppmq.metrics.Metrics;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What there is to see, by path. Everything is looked up when it is asked for. */
final class Pages implements HttpHandler {
  static final int PEEK_DEFAULT = 10;
  static final int PEEK_MAX = 1000;

  private static final int OK = 200;
  private static final int BAD_REQUEST = 400;
  private static final int NOT_FOUND = 404;
  private static final int METHOD_NOT_ALLOWED = 405;
  private static final int UNPROCESSABLE = 422;
  private static final int UNAVAILABLE = 503;
  private static final int BODY_OF_ANY_LENGTH = 0;
  private static final String TEXT = "text/plain; charset=utf-8";
  private static final String JSON = "application/json";
  private static final String JSON_LINES = "application/x-ndjson";

  private static final Set<String> CHANGES =
      Set.of("/pause", "/resume", "/purge", "/reload", "/dead/requeue", "/dead/drop");

  private static final String LIST =
      """
      ppMQ %s
      GET /stats
          how the broker, its topics and their subscribers stand
      GET /metrics
          likewise, for Prometheus
      GET /peek?topic=T&subscriber=S&max=N&priority=P&key=K&state=STATE
          the messages that S would get next; N is %d unless given, %d at most; the others are
          filters, STATE is queued, in flight or redeliver
      POST /pause?topic=T&subscriber=S
      POST /resume?topic=T&subscriber=S
          pushes nothing of T to S, or does again; without one of them: of it all
      POST /purge?topic=T&subscriber=S
          drops what is queued; without S: for all subscribers of T
      GET /dead?topic=T&max=N
          the dead letters of T, or of all topics that keep some; N is %d unless given
      POST /dead/requeue?topic=T&id=I
      POST /dead/drop?topic=T&id=I
          publishes the message of a dead letter anew, or drops it; all=true for all of them
      POST /backup?directory=D
          begins to copy everything to D, as the broker's user; GET /backup tells how that stands
      POST /reload
          reads the configuration anew
      GET /help
          this list; so is GET / on a unix socket, on a TCP port that is a page for browsers
      On a TCP port POST takes the header Authorization: Bearer TOKEN; a POST without it says where it is.
      """;

  private final Broker broker;
  private final Clock clock;
  private final DeadLetters deadLetters;
  private final Backups backups;
  private final Changes changes;
  private final Access access;
  private final @Nullable Path data;
  private final long startNanos;

  /**
   * Pages about {@code broker}.
   *
   * @param access who may see and change something
   * @param data the directory that keeps the messages; null when none does
   */
  Pages(Broker broker, Changes changes, Clock clock, Access access, @Nullable Path data) {
    this.broker = broker;
    this.deadLetters = new DeadLetters(broker);
    this.changes = changes;
    this.clock = clock;
    this.backups = new Backups(broker);
    this.access = access;
    this.data = data;
    this.startNanos = clock.nanos();
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    try {
      answer(exchange);
    } catch (InvalidConfig e) {
      say(exchange, UNPROCESSABLE, lines(e));
    } catch (BadRequest e) {
      say(exchange, e.status, e.sentence);
    } catch (RefusedException e) {
      say(exchange, NOT_FOUND, String.valueOf(e.getMessage()));
    } catch (IllegalStateException e) {
      say(exchange, UNAVAILABLE, String.valueOf(e.getMessage()));
    }
  }

  private static String lines(InvalidConfig invalid) {
    return invalid.errors().stream().map(Problem::toString).collect(joining("\n"));
  }

  private void answer(HttpExchange exchange)
      throws IOException, BadRequest, RefusedException, InvalidConfig {
    Headers headers = exchange.getRequestHeaders();
    access.checkHost(headers);
    String path = exchange.getRequestURI().getPath();
    if (exchange.getRequestMethod().equals("POST")) {
      access.checkChange(headers);
    }
    if (path.equals("/backup")) {
      backups.handle(exchange);
      return;
    }
    String method = CHANGES.contains(path) ? "POST" : "GET";
    if (!exchange.getRequestMethod().equals(method)) {
      exchange.getResponseHeaders().set("Allow", method);
      throw new BadRequest(METHOD_NOT_ALLOWED, "only " + method + " is served here");
    }
    Query query = Query.parse(exchange.getRequestURI().getRawQuery());
    if (method.equals("POST")) {
      change(exchange, path, query);
    } else {
      show(exchange, path, query);
    }
  }

  private void change(HttpExchange exchange, String path, Query query)
      throws IOException, BadRequest, RefusedException, InvalidConfig {
    switch (path) {
      case "/dead/requeue" -> send(exchange, OK, JSON, deadLetters.requeue(query));
      case "/dead/drop" -> send(exchange, OK, JSON, deadLetters.drop(query));
      case "/pause" -> send(exchange, OK, JSON, changes.pause(query));
      case "/resume" -> send(exchange, OK, JSON, changes.resume(query));
      case "/purge" -> purge(exchange, changes.new Purging(query));
      default -> {
        query.allow();
        send(exchange, OK, JSON, changes.reload());
      }
    }
  }

  /** Sends a line feed after each portion, so that who waits sees it go on. */
  private static void purge(HttpExchange exchange, Changes.Purging purging)
      throws IOException, RefusedException {
    String done = purging.portion();
    begin(exchange, OK, JSON, BODY_OF_ANY_LENGTH);
    try (OutputStream out = exchange.getResponseBody()) {
      while (done == null) {
        out.write('\n');
        out.flush();
        done = purging.portion();
      }
      out.write(done.getBytes(UTF_8));
    }
  }

  private void show(HttpExchange exchange, String path, Query query)
      throws IOException, BadRequest, RefusedException {
    String ofConsole = access.hasConsole() ? Console.at(path) : null;
    if (ofConsole != null) {
      query.allow();
      Console.send(exchange, ofConsole);
      return;
    }
    switch (path) {
      case "/", "/help" -> list(exchange, query);
      case "/access" -> access(exchange, query);
      case "/stats" -> stats(exchange, query);
      case "/metrics" -> metrics(exchange, query);
      case "/peek" -> peek(exchange, query);
      case "/dead" -> dead(exchange, query);
      default -> throw new BadRequest(NOT_FOUND, "there is no such page: GET /help lists them");
    }
  }

  /** What the page for browsers may do. */
  private void access(HttpExchange exchange, Query query) throws IOException, BadRequest {
    query.allow();
    String browser = access.ofBrowser(exchange.getRequestHeaders());
    send(exchange, OK, JSON, "{\"browser\":\"" + browser + "\"}\n");
  }

  private static void list(HttpExchange exchange, Query query) throws IOException, BadRequest {
    query.allow();
    send(
        exchange,
        OK,
        TEXT,
        LIST.formatted(Version.current(), PEEK_DEFAULT, PEEK_MAX, DeadLetters.LIST_DEFAULT));
  }

  private void stats(HttpExchange exchange, Query query) throws IOException, BadRequest {
    query.allow();
    long uptimeNanos = clock.nanos() - startNanos;
    ByteArrayOutputStream json = new ByteArrayOutputStream();
    Set<String> configured = broker.settings().topics().keySet();
    Json.stats(json, broker.stats(), configured, uptimeNanos, clock.wallMillis());
    send(exchange, OK, JSON, json.toString(UTF_8));
  }

  private void metrics(HttpExchange exchange, Query query) throws IOException, BadRequest {
    query.allow();
    Metrics metrics = new Metrics(broker, clock, Version.current(), data);
    send(exchange, OK, Metrics.TYPE, metrics.text());
  }

  private void peek(HttpExchange exchange, Query query)
      throws IOException, BadRequest, RefusedException {
    query.allow("topic", "subscriber", "max", "priority", "key", "state");
    String topic = query.required("topic");
    String subscriber = query.required("subscriber");
    int max = query.number("max", PEEK_DEFAULT, PEEK_MAX);
    var messages = broker.peek(topic, subscriber, query.filter(), max);
    begin(exchange, OK, JSON, BODY_OF_ANY_LENGTH);
    try (OutputStream out = new BufferedOutputStream(exchange.getResponseBody())) {
      Json.peeked(out, messages);
    }
  }

  private void dead(HttpExchange exchange, Query query)
      throws IOException, BadRequest, RefusedException {
    ByteArrayOutputStream lines = new ByteArrayOutputStream();
    deadLetters.list(lines, query);
    send(exchange, OK, JSON_LINES, lines.toString(UTF_8));
  }

  private static void say(HttpExchange exchange, int status, String sentence) throws IOException {
    send(exchange, status, TEXT, sentence + "\n");
  }

  static void send(HttpExchange exchange, int status, String type, String text) throws IOException {
    byte[] body = text.getBytes(UTF_8);
    begin(exchange, status, type, body.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(body);
    }
  }

  private static void begin(HttpExchange exchange, int status, String type, long length)
      throws IOException {
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.getResponseHeaders().set("Cache-Control", "no-store");
    exchange.getResponseHeaders().set("X-Content-Type-Options", "nosniff");
    exchange.sendResponseHeaders(status, length);
  }

  /** What the client did wrong, and the status that says so. */
  static final class BadRequest extends Exception {
    private static final long serialVersionUID = 1L;

    final int status;
    final String sentence;

    BadRequest(int status, String sentence) {
      super(sentence, null, false, false);
      this.status = status;
      this.sentence = sentence;
    }

    BadRequest(String sentence) {
      this(BAD_REQUEST, sentence);
    }
  }
}
