package io.ppmq.admin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.config.InvalidConfig;
import io.ppmq.config.Problem;
import io.ppmq.http.BadRequest;
import io.ppmq.http.Body;
import io.ppmq.http.Response;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A reload on a node that does not lead. The node reads its own file, which takes effect when it
 * leads; then the leader reads its own file. The answer has the results of both.
 */
final class ReloadOfTwo {
  private static final int OK = 200;
  private static final int UNPROCESSABLE = 422;
  private static final int ANSWER_BYTES_MAX = 1 << 20;

  /** The answer of the leader to the same request. */
  @FunctionalInterface
  interface Leaders {
    Response answer() throws IOException, BadRequest;
  }

  private final String own;
  private final String leading;

  /** A reload on the node {@code own} while {@code leader} leads; null if no node leads. */
  ReloadOfTwo(String own, @Nullable String leader) {
    this.own = "node " + own;
    this.leading = leader == null ? "the leader" : "the leader (node " + leader + ")";
  }

  Response answer(Reloading reloading, Leaders leaders)
      throws IOException, BadRequest, RefusedException {
    List<String> changes;
    try {
      changes = reloading.reload();
    } catch (InvalidConfig e) {
      String refused = e.errors().stream().map(Problem::toString).collect(joining("\n"));
      return Response.sentence(
          UNPROCESSABLE, refused + "\n" + own + " did not reload; " + leading + " was not asked");
    }
    Response answer;
    try {
      answer = leaders.answer();
    } catch (BadRequest e) {
      throw new BadRequest(e.status(), e.sentence() + "\n" + sentences(own, changes));
    }
    byte[] body = read(answer.body());
    if (answer.status() != OK) {
      String refused = leading + " did not reload:\n" + new String(body, UTF_8).strip();
      return Response.sentence(answer.status(), refused + "\n" + sentences(own, changes));
    }
    List<String> leadersChanges = changes(body);
    List<String> all = new ArrayList<>();
    if (!changes.isEmpty() || !leadersChanges.isEmpty()) {
      all.addAll(of(own, changes));
      all.addAll(of(leading, leadersChanges));
    }
    return BrokerPages.json(Json.reloaded(all));
  }

  private static String sentences(String node, List<String> changes) {
    return of(node + " reloaded", changes).stream().collect(joining("\n"));
  }

  private static List<String> of(String node, List<String> changes) {
    return changes.isEmpty()
        ? List.of(node + ": nothing has changed")
        : changes.stream().map(change -> node + ": " + change).toList();
  }

  private static byte[] read(Body body) throws IOException {
    try (body) {
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      for (byte[] next = body.next(); next != null; next = body.next()) {
        all.write(next);
        if (all.size() > ANSWER_BYTES_MAX) {
          throw new IOException("the leader's answer to a reload is too long");
        }
      }
      return all.toByteArray();
    }
  }

  /** The strings in {@code {"changes":[…]}}. */
  private static List<String> changes(byte[] json) throws IOException {
    List<String> changes = new ArrayList<>();
    try (JsonParser parser = new JsonFactory().createParser(json)) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        if (token == JsonToken.VALUE_STRING) {
          changes.add(parser.getText());
        }
      }
    }
    return changes;
  }
}
