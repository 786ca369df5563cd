package io.ppmq.admin;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The page for browsers and what it is made of, read from the program when it is asked for. Nothing
 * in it comes from elsewhere, and the browser is told to take nothing else.
 */
final class Console {
  private static final int OK = 200;

  private static final String HTML = "text/html; charset=utf-8";
  private static final String CSS = "text/css; charset=utf-8";
  private static final String SCRIPT = "text/javascript; charset=utf-8";

  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'"
          + " data:; base-uri 'none'; frame-ancestors 'none'; form-action 'none'";

  private static final Map<String, String> TYPES =
      Map.of(
          "index.html", HTML,
          "console.css", CSS,
          "uPlot.min.css", CSS,
          "uPlot.iife.min.js", SCRIPT,
          "main.js", SCRIPT,
          "broker.js", SCRIPT,
          "page.js", SCRIPT,
          "charts.js", SCRIPT,
          "overview.js", SCRIPT,
          "topic.js", SCRIPT);

  private Console() {}

  /** The name of what is at a path; null when that is none of it. */
  static @Nullable String at(String path) {
    String name = path.equals("/") ? "index.html" : path.replaceFirst("^/console/", "");
    return TYPES.containsKey(name) && !name.equals(path) ? name : null;
  }

  static void send(HttpExchange exchange, String name) throws IOException {
    byte[] body = read(name);
    Headers headers = exchange.getResponseHeaders();
    headers.set("Content-Type", TYPES.getOrDefault(name, HTML));
    headers.set("Cache-Control", "no-store");
    headers.set("Content-Security-Policy", POLICY);
    headers.set("Cross-Origin-Opener-Policy", "same-origin");
    headers.set("Cross-Origin-Resource-Policy", "same-origin");
    headers.set("Referrer-Policy", "no-referrer");
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set("X-Frame-Options", "DENY");
    exchange.sendResponseHeaders(OK, body.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(body);
    }
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
