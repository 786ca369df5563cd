package io.ppmq.it;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.io.Closeable;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A Chromium without a window, controlled through chromedriver. The results of scripts and requests
 * are text.
 */
final class Browser implements Closeable {
  private static final List<String> FLAGS =
      List.of(
          "--headless",
          "--no-sandbox",
          "--disable-gpu",
          "--disable-quic",
          "--disable-dev-shm-usage",
          "--no-first-run",
          "--disable-background-networking",
          "--disable-component-update",
          "--disable-sync");

  private final HttpClient client = HttpClient.newHttpClient();
  private final Path directory;
  private final Process driver;
  private final String base;
  private String session = "";

  private Browser(Path directory, Process driver, int port) {
    this.directory = directory;
    this.driver = driver;
    this.base = "http://127.0.0.1:" + port;
  }

  static Browser start() throws Exception {
    int port = freePort();
    Path directory = Files.createTempDirectory("ppmq-browser");
    Process driver =
        new ProcessBuilder("chromedriver", "--port=" + port)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    Browser browser = new Browser(directory, driver, port);
    try {
      Await.until("chromedriver", browser::isReady);
      StringBuilder flags = new StringBuilder("\"--user-data-dir=" + directory + "\"");
      FLAGS.forEach(flag -> flags.append(",\"").append(flag).append('"'));
      browser.session =
          browser.post(
              "/session",
              "{\"capabilities\":{\"alwaysMatch\":{\"browserName\":\"chrome\","
                  + "\"goog:loggingPrefs\":{\"browser\":\"ALL\"},"
                  + "\"goog:chromeOptions\":{\"args\":["
                  + flags
                  + "]}}}}",
              "sessionId");
      return browser;
    } catch (Exception | Error e) {
      browser.close();
      throw e;
    }
  }

  /** A free port of the loopback network; skips the test if there is none. */
  static int freePort() throws IOException {
    Requirement.loopback();
    try (ServerSocket any = new ServerSocket(0)) {
      return any.getLocalPort();
    }
  }

  private boolean isReady() throws InterruptedException {
    try {
      return send(HttpRequest.newBuilder(URI.create(base + "/status")).GET()).contains("true");
    } catch (IOException e) {
      return false;
    }
  }

  void open(String url) throws Exception {
    of("/url", "{\"url\":" + quoted(url) + "}");
  }

  /** Runs the body of a function and returns its result as text. */
  String script(String body) throws Exception {
    String wrapped = "return String((function(){" + body + "})());";
    return of("/execute/sync", "{\"script\":" + quoted(wrapped) + ",\"args\":[]}");
  }

  /** The visible text of the page. */
  String text() throws Exception {
    return script("return document.body.innerText");
  }

  void awaitText(String text) throws Exception {
    Await.until(text + " in the page", () -> text().contains(text));
  }

  /** Clicks the first button or link with this text in the first element of a selector. */
  void click(String selector, String text) throws Exception {
    String find =
        "return [...document.querySelectorAll("
            + quoted(selector + " button," + selector + " a")
            + ")].find(e=>e.textContent==="
            + quoted(text)
            + ")";
    Await.until(
        "a button " + text, () -> script("return !!(function(){" + find + "})()").equals("true"));
    script("(function(){" + find + "})().click()");
  }

  void size(int width, int height) throws Exception {
    command(
        "Emulation.setDeviceMetricsOverride",
        "{\"width\":%d,\"height\":%d,\"deviceScaleFactor\":1,\"mobile\":%b}"
            .formatted(width, height, width < 500));
  }

  void scheme(String scheme) throws Exception {
    command(
        "Emulation.setEmulatedMedia",
        "{\"features\":[{\"name\":\"prefers-color-scheme\",\"value\":\"" + scheme + "\"}]}");
  }

  private void command(String command, String parameters) throws Exception {
    of("/goog/cdp/execute", "{\"cmd\":\"" + command + "\",\"params\":" + parameters + "}");
  }

  /** The browser's log about the pages, such as violations of their policy. */
  String log() throws Exception {
    return send(request("/session/" + session + "/se/log", "{\"type\":\"browser\"}"));
  }

  void screenshot(Path file) throws Exception {
    String answer =
        send(
            HttpRequest.newBuilder(URI.create(base + "/session/" + session + "/screenshot")).GET());
    Files.createDirectories(file.getParent());
    Files.write(file, Base64.getDecoder().decode(text(answer, "value")));
  }

  private String of(String path, String json) throws Exception {
    return post("/session/" + session + path, json, "value");
  }

  private String post(String path, String json, String field) throws Exception {
    return text(send(request(path, json)), field);
  }

  private HttpRequest.Builder request(String path, String json) {
    return HttpRequest.newBuilder(URI.create(base + path))
        .POST(HttpRequest.BodyPublishers.ofString(json));
  }

  private String send(HttpRequest.Builder request) throws IOException, InterruptedException {
    HttpResponse<String> answer =
        client.send(
            request.timeout(Duration.ofSeconds(60)).build(), HttpResponse.BodyHandlers.ofString());
    if (answer.statusCode() != 200) {
      throw new AssertionError("chromedriver says " + answer.body());
    }
    return answer.body();
  }

  /** The first text under this name; empty if it is not text. */
  private static String text(String json, String field) throws IOException {
    try (JsonParser parser = new JsonFactory().createParser(json)) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        if (token == JsonToken.VALUE_STRING && field.equals(parser.currentName())) {
          return parser.getText();
        }
      }
      return "";
    }
  }

  private static String quoted(String text) {
    return '"' + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
  }

  @Override
  public void close() throws IOException {
    try {
      if (!session.isEmpty()) {
        send(HttpRequest.newBuilder(URI.create(base + "/session/" + session)).DELETE());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      driver.descendants().forEach(ProcessHandle::destroyForcibly);
      driver.destroyForcibly().onExit().join();
    }
    List<Path> all;
    try (Stream<Path> files = Files.walk(directory)) {
      all = files.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path file : all) {
      Files.deleteIfExists(file);
    }
  }
}
