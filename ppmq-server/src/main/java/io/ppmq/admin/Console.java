package io.ppmq.admin;

import static java.util.Map.entry;

import io.ppmq.http.Response;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The page for browsers and its parts, read from the program on request. Nothing in it comes from
 * elsewhere, and its headers forbid the browser to load anything else.
 */
final class Console {
  private static final int OK = 200;

  private static final String HTML = "text/html; charset=utf-8";
  private static final String CSS = "text/css; charset=utf-8";
  private static final String SCRIPT = "text/javascript; charset=utf-8";

  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'"
          + " data:; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

  private static final Map<String, String> TYPES =
      Map.ofEntries(
          entry("index.html", HTML),
          entry("console.css", CSS),
          entry("uPlot.min.css", CSS),
          entry("uPlot.iife.min.js", SCRIPT),
          entry("main.js", SCRIPT),
          entry("broker.js", SCRIPT),
          entry("page.js", SCRIPT),
          entry("charts.js", SCRIPT),
          entry("overview.js", SCRIPT),
          entry("messages.js", SCRIPT),
          entry("letters.js", SCRIPT),
          entry("topic.js", SCRIPT));

  private Console() {}

  /** The name of the part at a path; null when there is none. */
  static @Nullable String at(String path) {
    String name = path.equals("/") ? "index.html" : path.replaceFirst("^/console/", "");
    return TYPES.containsKey(name) && !name.equals(path) ? name : null;
  }

  static Response page(String name) throws IOException {
    return Response.of(OK, TYPES.getOrDefault(name, HTML), read(name))
        .with(
            Map.of(
                "Content-Security-Policy", POLICY,
                "Cross-Origin-Opener-Policy", "same-origin",
                "Cross-Origin-Resource-Policy", "same-origin",
                "Referrer-Policy", "no-referrer",
                "X-Frame-Options", "DENY"));
  }

  /** The page for a browser that has no cookie yet. */
  static Response entrance(int status) throws IOException {
    Response page = page("entrance.html");
    return new Response(status, page.headers(), page.length(), page.body());
  }

  private static byte[] read(String name) throws IOException {
    try (InputStream in = Console.class.getResourceAsStream("console/" + name)) {
      if (in == null) {
        throw new IllegalStateException(name + " is missing from the program");
      }
      return in.readAllBytes();
    }
  }
}
