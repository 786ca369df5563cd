package io.ppmq.admin;

import io.ppmq.http.BadRequest;
import io.ppmq.http.Request;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Decides which requests may see and change something. On a unix socket every user who may open it
 * can do both, and no page in a browser can. Every user of the machine can connect to a TCP port.
 * There a request needs the token, in a header or in the cookie of the page, and a page in a
 * browser may change something only if it is the console itself and {@code ConsoleChanges} is set.
 */
final class Access {
  private static final int UNAUTHORIZED = 401;
  private static final int FORBIDDEN = 403;

  /** The pages that need no token: whether the broker works, and its figures. */
  private static final Set<String> OPEN = Set.of("/health", "/ready", "/metrics");

  private static final Pattern LOCAL_HOST =
      Pattern.compile("(localhost|127(\\.\\d{1,3}){3}|\\[::1])(:\\d{1,5})?");

  private final @Nullable Token token;
  private final String whereToken;
  private final String cookie;
  private volatile boolean browserChanges;

  private Access(@Nullable Token token, String whereToken, String cookie, boolean browserChanges) {
    this.token = token;
    this.whereToken = whereToken;
    this.cookie = cookie;
    this.browserChanges = browserChanges;
  }

  static Access ofUnixSocket() {
    return new Access(null, "", "", false);
  }

  /**
   * Access that requires a token.
   *
   * @param port part of the cookie's name, since a browser sends its cookies to all ports of a host
   * @param file the file that holds the token; null if only the log has it
   */
  static Access ofPort(Token token, int port, @Nullable Path file, boolean browserChanges) {
    String where =
        file == null
            ? "in the broker's log, and the commands read it from $PPMQ_TOKEN"
            : "in " + file + ", where the commands read it unless $PPMQ_TOKEN is set";
    return new Access(token, where, "ppmq-token-" + port, browserChanges);
  }

  /**
   * Whether a page in a browser may change something from now on. Any thread.
   *
   * @return whether this differs from the setting before
   */
  boolean allowChanges(boolean allowed) {
    boolean changes = allowed != browserChanges;
    browserChanges = allowed;
    return changes;
  }

  /** Refuses a request for something that this peer may not see or change. */
  void check(Request request) throws BadRequest {
    checkHost(request);
    if (!OPEN.contains(request.path()) && !hasToken(request)) {
      throw new BadRequest(
          UNAUTHORIZED,
          "a request over TCP needs the header 'Authorization: Bearer TOKEN'; the token is "
              + whereToken
              + "; a browser gets it from the console's address in the broker's log");
    }
    if (request.method().equals("POST")) {
      checkChange(request);
    }
  }

  /**
   * Refuses requests to a TCP port that name another host than this machine: a browser sends them
   * after a web site has made its name point here.
   */
  private void checkHost(Request request) throws BadRequest {
    String host = request.header("host");
    if (token != null && (host == null || !LOCAL_HOST.matcher(host).matches())) {
      throw new BadRequest(FORBIDDEN, "the Host of the request is not this machine");
    }
  }

  /**
   * A browser names the origin of a page that sends a POST; no other client does. A request with
   * the cookie comes from a browser.
   */
  private void checkChange(Request request) throws BadRequest {
    boolean browser = request.header("origin") != null || !hasBearer(request);
    if (token == null ? request.header("origin") != null : browser && !mayChange(request)) {
      throw new BadRequest(FORBIDDEN, "a page in a browser may change nothing");
    }
  }

  /** Whether the page came from the address of the request, which is this machine. */
  private boolean mayChange(Request request) {
    return browserChanges && ("http://" + request.header("host")).equals(request.header("origin"));
  }

  private boolean hasToken(Request request) {
    return hasBearer(request) || hasCookie(request);
  }

  private boolean hasBearer(Request request) {
    return token == null || token.isIn(request.header("authorization"));
  }

  private boolean hasCookie(Request request) {
    String cookies = request.header("cookie");
    for (String one : cookies == null ? new String[0] : cookies.split("; *", -1)) {
      if (one.startsWith(cookie + "=") && isToken(one.substring(cookie.length() + 1))) {
        return true;
      }
    }
    return false;
  }

  private boolean isToken(String text) {
    return token != null && token.isIn(Token.header(text));
  }

  // ---- the page for browsers ------------------------------------------------------------------

  /** Whether there is a page for browsers. */
  boolean hasConsole() {
    return token != null;
  }

  /**
   * The headers that give the page its cookie and remove the token from its address.
   *
   * @param given the token in the address
   */
  Map<String, String> entrance(Request request, String given) throws BadRequest {
    checkHost(request);
    if (!isToken(given)) {
      throw new BadRequest(
          UNAUTHORIZED, "the token is wrong: each start of the broker makes a new one");
    }
    return Map.of(
        "Location",
        "/",
        "Set-Cookie",
        cookie + "=" + given + "; Path=/; HttpOnly; SameSite=Strict");
  }

  /** The rights of the page in a browser: {@code look} or {@code change}. */
  String ofBrowser() {
    return browserChanges ? "change" : "look";
  }
}
