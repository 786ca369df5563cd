package io.ppmq.http;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A request, without its body.
 *
 * @param method GET also for HEAD
 * @param head whether the client wants only the head of the answer
 * @param path the path as sent, still encoded
 * @param query the part after the question mark, still encoded; null if there is none
 * @param chunks whether the peer understands chunks: whether it speaks HTTP/1.1
 * @param headers by name in lower case
 * @param bodyBytes the length of the body
 */
public record Request(
    String method,
    boolean head,
    String path,
    @Nullable String query,
    boolean chunks,
    Map<String, String> headers,
    long bodyBytes) {
  private static final int HEADERS_MAX = 64;
  private static final String LENGTH = "content-length";

  /*
   * Strangers send what these are matched with, and one thread reads it all. Each repetition keeps
   * what it took: otherwise one line of blanks takes steps by the square of its length.
   */
  private static final Pattern LINE =
      Pattern.compile(
          "([A-Z]{1,20}+) (?:http://[^/ ?]*+)?+(/[!-~&&[^?]]*+)(?:\\?([!-~]*+))?+ HTTP/(\\d)\\.(\\d)");
  private static final Pattern HEADER =
      Pattern.compile("([-!#$%&'*+.^_`|~0-9A-Za-z]++):[ \\t]*+([^\\x00-\\x08\\x0a-\\x1f]*+)");

  /** The headers that may not be repeated; repeated values of others are joined. */
  private static final Set<String> SINGLE = Set.of("host", LENGTH, "authorization", "origin");

  /**
   * Reads the head of a request.
   *
   * @param text up to the empty line; a character for each byte
   */
  static Request parse(String text) throws BadRequest {
    String[] lines = text.split("\r?\n", -1);
    Matcher line = LINE.matcher(lines[0]);
    if (!line.matches()) {
      throw new BadRequest("the request does not begin with an HTTP request line");
    }
    if (!line.group(4).equals("1")) {
      throw new BadRequest(505, "HTTP/1.1 and HTTP/1.0 are served");
    }
    Map<String, String> headers = new LinkedHashMap<>();
    for (int i = 1; i < lines.length && !lines[i].isEmpty(); i++) {
      add(lines[i], headers);
    }
    if (headers.containsKey("transfer-encoding")) {
      throw new BadRequest(411, "the body of a request must have a Content-Length");
    }
    boolean chunks = !line.group(5).equals("0");
    if (chunks && !headers.containsKey("host")) {
      throw new BadRequest("an HTTP/1.1 request needs a Host header");
    }
    String method = line.group(1);
    boolean head = method.equals("HEAD");
    return new Request(
        head ? "GET" : method,
        head,
        line.group(2),
        line.group(3),
        chunks,
        Map.copyOf(headers),
        length(headers.getOrDefault(LENGTH, "0")));
  }

  private static void add(String line, Map<String, String> headers) throws BadRequest {
    Matcher header = HEADER.matcher(line);
    if (!header.matches()) {
      throw new BadRequest("a line of the request is not a header");
    }
    String name = header.group(1).toLowerCase(Locale.ROOT);
    String value = header.group(2).strip();
    String before = headers.putIfAbsent(name, value);
    if (before != null) {
      if (SINGLE.contains(name)) {
        throw new BadRequest("a header is given twice: " + name);
      }
      headers.put(name, before + (name.equals("cookie") ? "; " : ", ") + value);
    }
    if (headers.size() > HEADERS_MAX) {
      throw new BadRequest(431, "the request has more than " + HEADERS_MAX + " headers");
    }
  }

  private static long length(String text) throws BadRequest {
    if (!text.matches("\\d{1,18}")) {
      throw new BadRequest("the Content-Length is not a number");
    }
    return Long.parseLong(text);
  }

  /**
   * The value of a header; null if there is none.
   *
   * @param name its name in lower case
   */
  public @Nullable String header(String name) {
    return headers.get(name);
  }
}
