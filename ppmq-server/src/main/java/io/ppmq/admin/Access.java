package io.ppmq.admin;

import io.ppmq.http.BadRequest;
import io.ppmq.http.Request;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Who may see and change something. On a unix socket whoever may open it, and no page in a browser.
 * On a TCP port every user of the machine may look; a change takes the token, and from a page in a
 * browser also that the page is our own and that changes were allowed to it.
 */
final class Access {
  private static final int UNAUTHORIZED = 401;
  private static final int FORBIDDEN = 403;

  private static final Pattern LOCAL_HOST =
      Pattern.compile("(localhost|127(\\.\\d{1,3}){3}|\\[::1])(:\\d{1,5})?");

  private final @Nullable Token token;
  private final String whereToken;
  private volatile boolean browserChanges;

  private Access(@Nullable Token token, String whereToken, boolean browserChanges) {
    this.token = token;
    this.whereToken = whereToken;
    this.browserChanges = browserChanges;
  }

  static Access ofUnixSocket() {
    return new Access(null, "", false);
  }

  /**
   * With a token.
   *
   * @param file where it is left; null: the log alone has it
   */
  static Access ofPort(Token token, @Nullable Path file, boolean browserChanges) {
    String where =
        file == null
            ? "the broker's log shows; the commands take it as $PPMQ_TOKEN"
            : file + " says";
    return new Access(token, where, browserChanges);
  }

  /** Whether a page in a browser may change something from now on. Any thread. */
  void allowChanges(boolean allowed) {
    browserChanges = allowed;
  }

  /**
   * Refuses requests to a TCP port that name another host than this machine: a browser sends them
   * when some web site's name was made to point here.
   */
  void checkHost(Request request) throws BadRequest {
    String host = request.header("host");
    if (token != null && (host == null || !LOCAL_HOST.matcher(host).matches())) {
      throw new BadRequest(FORBIDDEN, "the Host of the request is not this machine");
    }
  }

  /** A browser says where a page that sends a POST came from; nobody else does. */
  void checkChange(Request request) throws BadRequest {
    if (request.header("origin") != null && !(browserChanges && isOwn(request))) {
      throw new BadRequest(FORBIDDEN, "nothing is changed for a page in a browser");
    }
    if (token != null && !token.isIn(request.header("authorization"))) {
      throw new BadRequest(
          UNAUTHORIZED,
          "changes over TCP take the token: Authorization: Bearer, and what " + whereToken);
    }
  }

  /** Whether the page came from the address that the request goes to, which is this machine. */
  private static boolean isOwn(Request request) {
    return ("http://" + request.header("host")).equals(request.header("origin"));
  }

  /** Whether there is a page for browsers. */
  boolean hasConsole() {
    return token != null;
  }

  /**
   * What a page in a browser may do: {@code look}, {@code ask} for the token, or {@code change}.
   */
  String ofBrowser(Request request) {
    if (token == null || !browserChanges) {
      return "look";
    }
    return token.isIn(request.header("authorization")) ? "change" : "ask";
  }
}
