package io.ppmq.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Map.entry;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a request.
 *
 * @param headers in addition to those about the length and the connection
 * @param length the length of the body in bytes; -1 if it is not known before the end
 */
public record Response(int status, Map<String, String> headers, long length, Body body) {
  /** The header, in seconds, of an answer to a request that may succeed later. */
  public static final String RETRY_AFTER = "Retry-After";

  private static final Map<Integer, String> REASONS =
      Map.ofEntries(
          entry(200, "OK"),
          entry(303, "See Other"),
          entry(400, "Bad Request"),
          entry(401, "Unauthorized"),
          entry(403, "Forbidden"),
          entry(404, "Not Found"),
          entry(405, "Method Not Allowed"),
          entry(408, "Request Timeout"),
          entry(409, "Conflict"),
          entry(411, "Length Required"),
          entry(413, "Content Too Large"),
          entry(422, "Unprocessable Content"),
          entry(431, "Request Header Fields Too Large"),
          entry(500, "Internal Server Error"),
          entry(503, "Service Unavailable"),
          entry(505, "HTTP Version Not Supported"));

  /** An answer that the peer must not cache, and whose stated type it must believe. */
  public Response(int status, String type, long length, Body body) {
    this(
        status,
        Map.of(
            "Content-Type", type,
            "Cache-Control", "no-store",
            "X-Content-Type-Options", "nosniff"),
        length,
        body);
  }

  /** An answer with a complete body. */
  public static Response of(int status, String type, byte[] bytes) {
    return new Response(status, type, bytes.length, new Whole(bytes));
  }

  /** A sentence, to which this adds a line feed. */
  public static Response sentence(int status, String sentence) {
    return of(status, "text/plain; charset=utf-8", (sentence + "\n").getBytes(UTF_8));
  }

  /** The answer to a request that is refused. */
  public static Response of(BadRequest refusal) {
    Response response = sentence(refusal.status(), refusal.sentence());
    return refusal.passes() ? response.with(Map.of(RETRY_AFTER, "1")) : response;
  }

  /** An answer whose length is not known yet. */
  public static Response streamed(String type, Body body) {
    return new Response(200, type, -1, body);
  }

  /** The same answer with more or other headers. */
  public Response with(Map<String, String> more) {
    Map<String, String> all = new LinkedHashMap<>(headers);
    all.putAll(more);
    return new Response(status, all, length, body);
  }

  /** Status line and headers, up to the empty line. */
  String head(boolean chunked) {
    StringBuilder head = new StringBuilder("HTTP/1.1 ");
    head.append(status).append(' ').append(REASONS.getOrDefault(status, "")).append("\r\n");
    headers.forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
    if (length >= 0) {
      head.append("Content-Length: ").append(length).append("\r\n");
    } else if (chunked) {
      head.append("Transfer-Encoding: chunked\r\n");
    }
    return head.append("Connection: close\r\n\r\n").toString();
  }

  /** A body of one portion. */
  private static final class Whole implements Body {
    private byte @Nullable [] bytes;

    Whole(byte[] bytes) {
      this.bytes = bytes.length == 0 ? null : bytes;
    }

    @Override
    public byte @Nullable [] next() {
      byte[] next = bytes;
      bytes = null;
      return next;
    }
  }
}
