package io.ppmq.admin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;

import io.ppmq.broker.Broker;
import io.ppmq.broker.Clock;
import io.ppmq.broker.ErrorCode;
import io.ppmq.broker.RefusedException;
import io.ppmq.config.InvalidConfig;
import io.ppmq.config.Problem;
import io.ppmq.http.BadRequest;
import io.ppmq.http.Body;
import io.ppmq.http.Handler;
import io.ppmq.http.Request;
import io.ppmq.http.Response;
import io.ppmq.metrics.Format;
import io.ppmq.metrics.Metrics;
import io.ppmq.topic.ExportPage;
import io.ppmq.topic.PeekFilter;
import io.ppmq.topic.PeekedMessage;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What there is to see, by path. Everything is looked up when it is asked for. */
final class Pages implements Handler {
  static final int PEEK_DEFAULT = 10;
  static final int PEEK_MAX = 1000;

  /** Their figures are no burden, however many ask. */
  private static final int TOPICS_FEW = 500;

  private static final int OK = 200;
  private static final int SEE_OTHER = 303;
  private static final int UNAUTHORIZED = 401;
  private static final int FORBIDDEN = 403;
  private static final int NOT_FOUND = 404;
  private static final int METHOD_NOT_ALLOWED = 405;
  private static final int UNPROCESSABLE = 422;
  private static final int UNAVAILABLE = 503;
  private static final String TEXT = "text/plain; charset=utf-8";
  private static final String JSON = "application/json";
  private static final String JSON_LINES = "application/x-ndjson";

  private static final Set<String> CHANGES =
      Set.of(
          "/pause",
          "/resume",
          "/publish",
          "/purge",
          "/delete",
          "/reload",
          "/dead/requeue",
          "/dead/drop");

  /** All others take none. */
  private static final Set<String> PARAMETERS = Set.of("/peek", "/export", "/dead");

  private static final String LIST =
      """
      ppMQ %s
      GET /stats
          how the broker, its topics and their subscribers stand
      GET /names
          the names of all topics and subscribers
      GET /metrics
          the same for Prometheus, or as OpenMetrics where the request accepts that
      GET /peek?topic=T&subscriber=S&max=N&priority=P&key=K&state=STATE
          the messages that S would get next; N is %d unless given, %d at most; the others are
          filters, STATE is queued, in flight, redeliver, nacked or delayed; what is delayed is nobody's yet:
          then S may be left out
      GET /export?topic=T&subscriber=S&after=A
          everything that is queued, a line each, in portions: a last line {"next":A} says where the
          next portion begins; without S: for all subscribers of T, and what is delayed
      POST /pause?topic=T&subscriber=S
      POST /resume?topic=T&subscriber=S
          pushes nothing of T to S, or does again; without one of them: of it all
      POST /publish?topic=T&payload=JSON&key=K&priority=P
          publishes one short message, to see what becomes of it; not where the topic has Publishers
      POST /purge?topic=T&subscriber=S
          drops what is queued; without S: for all subscribers of T, and what is delayed
      POST /delete?topic=T&key=K
          deletes one message that is queued, for all subscribers of T, or delayed
      GET /dead?topic=T&subscriber=S&max=N&in=D&after=I
          dead letters that lie in T or come from T, and died for S; N is %d unless given. D and I are
          deadLetter and id of the last one of the page before
      POST /dead/requeue?topic=T&id=I
      POST /dead/drop?topic=T&id=I
          publishes the message of a dead letter again, or drops it; all=true for all of them
      POST /backup?directory=D
          begins to copy everything to D, as the broker's user; GET /backup tells how that stands
      POST /reload
          reads the configuration again
      GET /health
      GET /ready
          status 200 where the broker works, or takes messages; else 503. With a sentence, that says
          why not: {"ok":false,"sentence":"..."}
      GET /help
          this list; so is GET / on a unix socket, on a TCP port that is a page for browsers
      On a TCP port all but /health, /ready and /metrics take the header Authorization: Bearer TOKEN; a
      request without it says where the token is.
      """;

  private final Broker broker;
  private final Clock clock;
  private final DeadLetters deadLetters;
  private final Backups backups;
  private final Changes changes;
  private final MetricsBodies metricsBodies = new MetricsBodies();
  private final Access access;
  private final AdminSettings settings;
  private final long startNanos;

  /**
   * Pages about {@code broker}.
   *
   * @param access who may see and change something
   */
  Pages(Broker broker, Changes changes, Clock clock, Access access, AdminSettings settings) {
    this.broker = broker;
    this.deadLetters = new DeadLetters(broker);
    this.changes = changes;
    this.clock = clock;
    this.backups = new Backups(broker);
    this.access = access;
    this.settings = settings;
    this.startNanos = clock.nanos();
  }

  @Override
  public Response handle(Request request) throws IOException {
    try {
      return answer(request);
    } catch (InvalidConfig e) {
      return Response.sentence(UNPROCESSABLE, lines(e));
    } catch (BadRequest e) {
      return refused(request, e);
    } catch (RefusedException e) {
      int status = e.code() == ErrorCode.DENIED ? FORBIDDEN : NOT_FOUND;
      return Response.sentence(status, String.valueOf(e.getMessage()));
    } catch (IllegalStateException e) {
      return Response.sentence(UNAVAILABLE, String.valueOf(e.getMessage()));
    }
  }

  /** A browser that asks for the page is shown where it gets in. */
  private Response refused(Request request, BadRequest refusal) throws IOException {
    boolean page =
        access.hasConsole()
            && request.path().equals("/")
            && String.valueOf(request.header("accept")).contains("text/html");
    return refusal.status() == UNAUTHORIZED && page
        ? Console.entrance(UNAUTHORIZED)
        : Response.sentence(refusal.status(), refusal.sentence());
  }

  private static String lines(InvalidConfig invalid) {
    return invalid.errors().stream().map(Problem::toString).collect(joining("\n"));
  }

  private Response answer(Request request)
      throws IOException, BadRequest, RefusedException, InvalidConfig {
    String path = request.path();
    boolean post = request.method().equals("POST");
    Query query = Query.parse(request.query());
    String given =
        post || !path.equals("/") || !access.hasConsole() ? null : query.optional("token");
    if (given != null) {
      query.allow("token");
      return Response.sentence(SEE_OTHER, "this way").with(access.entrance(request, given));
    }
    access.check(request);
    String allowed = path.equals("/backup") ? "GET, POST" : CHANGES.contains(path) ? "POST" : "GET";
    if (!Set.of(allowed.split(", ")).contains(request.method())) {
      return Response.sentence(METHOD_NOT_ALLOWED, "only " + allowed + " is served here")
          .with(Map.of("Allow", allowed));
    }
    if (path.equals("/backup")) {
      return json(backups.handle(request, query));
    }
    return post ? change(path, query) : show(request, path, query);
  }

  private Response change(String path, Query query)
      throws IOException, BadRequest, RefusedException, InvalidConfig {
    return switch (path) {
      case "/dead/requeue" -> json(deadLetters.requeue(query));
      case "/dead/drop" -> json(deadLetters.drop(query));
      case "/pause" -> json(changes.pause(query));
      case "/resume" -> json(changes.resume(query));
      case "/delete" -> json(changes.delete(query));
      case "/publish" -> json(Publication.publish(broker, query));
      case "/purge" -> purge(changes.new Purging(query));
      default -> {
        query.allow();
        yield json(changes.reload());
      }
    };
  }

  /** Sends a line feed after each portion, so that whoever waits sees it go on. */
  private static Response purge(Changes.Purging purging) throws RefusedException, IOException {
    String first = purging.portion();
    return first != null ? json(first) : Response.streamed(JSON, new PurgeBody(purging));
  }

  private static final class PurgeBody implements Body {
    private final Changes.Purging purging;
    private boolean done;

    PurgeBody(Changes.Purging purging) {
      this.purging = purging;
    }

    @Override
    public byte @Nullable [] next() throws IOException {
      if (done) {
        return null;
      }
      try {
        String answer = purging.portion();
        done = answer != null;
        return (answer == null ? "\n" : answer).getBytes(UTF_8);
      } catch (RefusedException | IllegalStateException e) {
        throw new IOException("a purge ended before all was gone: " + e.getMessage(), e);
      }
    }
  }

  private Response show(Request request, String path, Query query)
      throws IOException, BadRequest, RefusedException {
    String ofConsole = access.hasConsole() ? Console.at(path) : null;
    if (ofConsole != null) {
      query.allow();
      return Console.page(ofConsole);
    }
    if (!PARAMETERS.contains(path)) {
      query.allow();
    }
    return switch (path) {
      case "/", "/help" -> Response.of(OK, TEXT, list().getBytes(UTF_8));
      case "/access" -> json("{\"browser\":\"" + access.ofBrowser() + "\"}\n");
      case "/health" -> health();
      case "/ready" -> ready();
      case "/stats" -> stats();
      case "/names" -> Response.streamed(JSON, new NamesBody(broker));
      case "/metrics" -> metrics(Format.of(request.header("accept")));
      case "/peek" -> peek(query);
      case "/export" -> export(query);
      case "/dead" -> Response.streamed(JSON_LINES, deadLetters.list(query));
      default -> throw new BadRequest(NOT_FOUND, "there is no such page: GET /help lists them");
    };
  }

  private static String list() {
    return LIST.formatted(Version.current(), PEEK_DEFAULT, PEEK_MAX, DeadLetters.LIST_DEFAULT);
  }

  private Response health() {
    return broker.isWorking()
        ? standing(OK, "the broker works")
        : standing(UNAVAILABLE, "the broker does not answer");
  }

  private Response ready() {
    String reason = broker.whyNotReady();
    return reason == null
        ? standing(OK, "the broker takes messages")
        : standing(UNAVAILABLE, reason);
  }

  private static Response standing(int status, String sentence) {
    return Response.of(status, JSON, Json.standing(status == OK, sentence).getBytes(UTF_8));
  }

  private Response stats() throws IOException {
    long uptimeNanos = clock.nanos() - startNanos;
    return Response.streamed(
        JSON, new StatsBody(broker, settings.bounds().get(), uptimeNanos, clock.wallMillis()));
  }

  private Response metrics(Format format) throws BadRequest {
    Metrics metrics =
        new Metrics(broker, settings.bounds(), clock, Version.current(), settings.data());
    boolean few = broker.settings().topics().size() <= TOPICS_FEW;
    Body body = few ? metrics.text(format)::next : metricsBodies.make(() -> metrics.text(format));
    return Response.streamed(format.type(), body);
  }

  private Response peek(Query query) throws IOException, BadRequest, RefusedException {
    query.allow("topic", "subscriber", "max", "priority", "key", "state");
    String topic = query.required("topic");
    PeekFilter filter = query.filter();
    int max = query.number("max", PEEK_DEFAULT, PEEK_MAX);
    List<PeekedMessage> messages =
        filter.state() == PeekedMessage.State.DELAYED
            ? broker.peekDelayed(topic, filter, max)
            : broker.peek(topic, query.required("subscriber"), filter, max);
    return Response.streamed(JSON, new PeekBody(messages));
  }

  private Response export(Query query) throws IOException, BadRequest, RefusedException {
    query.allow("topic", "subscriber", "after");
    ExportPage page =
        broker.export(
            query.required("topic"), query.optional("subscriber"), query.exportPosition());
    return Response.streamed(JSON_LINES, new ExportBody(page));
  }

  private static Response json(String text) {
    return Response.of(OK, JSON, text.getBytes(UTF_8));
  }
}
