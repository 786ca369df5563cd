package io.ppmq.admin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;

import io.ppmq.broker.request.ErrorCode;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.config.InvalidConfig;
import io.ppmq.config.Problem;
import io.ppmq.http.BadRequest;
import io.ppmq.http.Handler;
import io.ppmq.http.Request;
import io.ppmq.http.Response;
import io.ppmq.metrics.Format;
import io.ppmq.metrics.Metrics;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** All pages, by path. Each request looks up the current state. */
final class Pages implements Handler {
  /**
   * The figures of up to this many topics take little memory, however many requests ask for them.
   */
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

  private static final Set<String> CHANGES =
      Set.of(
          "/pause",
          "/resume",
          "/publish",
          "/purge",
          "/delete",
          "/reload",
          "/dead/requeue",
          "/dead/drop",
          "/cluster/found",
          "/cluster/join",
          "/cluster/add",
          "/cluster/remove",
          "/cluster/replace",
          "/cluster/transfer",
          "/cluster/verify");

  /** The pages that take parameters. */
  private static final Set<String> PARAMETERS = Set.of("/peek", "/export", "/dead");

  private static final String LIST =
      """
      ppMQ %s
      GET /stats
          the state of the broker, its topics and their subscribers
      GET /names
          the names of all topics and subscribers
      GET /metrics
          the state as metrics for Prometheus, or in OpenMetrics if the request accepts that
      GET /peek?topic=T&subscriber=S&max=N&priority=P&key=K&state=STATE
          the messages that S would get next, by default %d, at most %d. The other parameters are filters;
          STATE is queued, in flight, redeliver, nacked or delayed. Delayed messages are in no queue yet,
          so S may be left out with state=delayed
      GET /export?topic=T&subscriber=S&after=A
          all queued messages, one on each line, in portions: a last line {"next":A} names the beginning
          of the next portion. Without S: for all subscribers of T, and delayed messages
      POST /pause?topic=T&subscriber=S
      POST /resume?topic=T&subscriber=S
          stops or resumes pushing the messages of T to S; without S: to all subscribers of T; without T:
          of all topics
      POST /publish?topic=T&payload=JSON&key=K&priority=P
          publishes one short message, as a trial; not to a topic with Publishers
      POST /purge?topic=T&subscriber=S
          deletes queued messages; without S: for all subscribers of T, and delayed messages
      POST /delete?topic=T&key=K
          deletes one message that is queued, for all subscribers of T, or delayed
      GET /dead?topic=T&subscriber=S&max=N&in=D&after=I
          dead letters that are in T or come from T, and died for S; by default %d. D and I are deadLetter
          and id of the last letter of the previous page
      POST /dead/requeue?topic=T&id=I
      POST /dead/drop?topic=T&id=I
          publishes the message of a dead letter again, or deletes the letter; all=true for all letters
      POST /backup?directory=D
          starts a copy of all stored data to D, written as the broker's user; GET /backup reports its
          progress
      POST /reload
          reads the configuration again
      GET /cluster
          the state of the cluster as this node sees it, if it is a node of one; the leader answers
          requests about the broker then
      POST /cluster/found, /cluster/join
      POST /cluster/add?node=N&address=HOST:PORT
      POST /cluster/remove?node=N, /cluster/replace?node=N, /cluster/transfer?node=N
      POST /cluster/verify
          changes the cluster, or compares the data of its nodes
      GET /health
      GET /ready
          status 200 if the broker works, or accepts messages; otherwise 503. The body is
          {"ok":true,"sentence":"..."}; a sentence with "ok":false is the reason
      GET /help
          this list, as does GET / on a unix socket; on a TCP port GET / is a page for browsers
      On a TCP port, all requests except /health, /ready and /metrics need the header Authorization: Bearer
      TOKEN; the answer to a request without it says where to find the token.
      """;

  private final Supplier<@Nullable BrokerPages> broker;
  private final @Nullable ClusterPages cluster;
  private final Metrics metrics;
  private final HeavyAnswers metricsAnswers = new HeavyAnswers("the metrics");
  private final Access access;

  /**
   * Pages of this program.
   *
   * @param broker the pages of the broker; null while the broker is on another machine
   * @param cluster the pages of the cluster; null if there is none, or they are not served
   * @param access which users may see and change something
   */
  Pages(
      Supplier<@Nullable BrokerPages> broker,
      @Nullable ClusterPages cluster,
      Metrics metrics,
      Access access) {
    this.broker = broker;
    this.cluster = cluster;
    this.metrics = metrics;
    this.access = access;
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
      return Response.sentence(status, e.sentence())
          .with(Map.of(Admin.CODE_HEADER, e.code().word()));
    } catch (IllegalStateException e) {
      return Response.sentence(UNAVAILABLE, String.valueOf(e.getMessage()));
    }
  }

  /** A browser without a cookie gets the page that asks for the token. */
  private Response refused(Request request, BadRequest refusal) throws IOException {
    boolean page =
        access.hasConsole()
            && request.path().equals("/")
            && String.valueOf(request.header("accept")).contains("text/html");
    return refusal.status() == UNAUTHORIZED && page
        ? Console.entrance(UNAUTHORIZED)
        : Response.of(refusal);
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
    if (!post && !PARAMETERS.contains(path) && !path.startsWith("/cluster")) {
      query.allow();
    }
    Response own = post ? null : own(request);
    if (own == null && cluster != null) {
      own = cluster.answer(request, query, broker.get() != null);
    }
    if (own != null) {
      return own;
    }
    if (cluster == null && path.startsWith("/cluster")) {
      throw new BadRequest(NOT_FOUND, "this broker is alone: its configuration has no Cluster");
    }
    BrokerPages here = broker.get();
    if (here == null) {
      throw new BadRequest(UNAVAILABLE, "this node no longer leads: try again later");
    }
    return here.answer(request, query);
  }

  /** A page that is not about the broker; null for any other path. */
  private @Nullable Response own(Request request) throws IOException, BadRequest, RefusedException {
    String path = request.path();
    String ofConsole = access.hasConsole() ? Console.at(path) : null;
    if (ofConsole != null) {
      return Console.page(ofConsole);
    }
    return switch (path) {
      case "/", "/help" -> Response.of(OK, TEXT, list().getBytes(UTF_8));
      case "/access" -> BrokerPages.json("{\"browser\":\"" + access.ofBrowser() + "\"}\n");
      case "/metrics" -> metrics(Format.of(request.header("accept")));
      default -> null;
    };
  }

  private Response metrics(Format format) throws IOException, BadRequest, RefusedException {
    HeavyAnswers.Making making = () -> Response.streamed(format.type(), metrics.text(format)::next);
    return metrics.topicCount() <= TOPICS_FEW ? making.make() : metricsAnswers.make(making);
  }

  private static String list() {
    return LIST.formatted(
        Version.current(),
        BrokerPages.PEEK_DEFAULT,
        BrokerPages.PEEK_MAX,
        DeadLetters.LIST_DEFAULT);
  }
}
