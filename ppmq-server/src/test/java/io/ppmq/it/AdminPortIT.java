package io.ppmq.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The admin interface on a TCP port, which every user of the machine can connect to. */
final class AdminPortIT {
  private Site site;
  private int port;

  private void start(Storage storage, String... lines) throws Exception {
    port = Browser.freePort();
    Layout layout = new Layout().with("Admin: http://127.0.0.1:" + port).topic("t");
    for (String line : lines) {
      layout.with(line);
    }
    site = Site.started(storage, layout);
  }

  @AfterEach
  void close() throws Exception {
    site.close();
  }

  private AdminPage ask(String line, String... headers) throws Exception {
    return AdminPage.ask(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), port), line, List.of(headers));
  }

  private String host() {
    return "Host: 127.0.0.1:" + port;
  }

  private Path tokenFile() {
    Path ofMemory = Path.of(site.serverSocket() + ".token");
    return Files.exists(ofMemory) ? ofMemory : site.data().resolve("ppmq.token");
  }

  private String authorization() throws Exception {
    return "Authorization: Bearer " + Files.readString(tokenFile()).strip();
  }

  private String tokenInLog() throws Exception {
    String line = site.broker().said("?token=").get(0);
    return line.substring(line.lastIndexOf('=') + 1);
  }

  private boolean isPaused() throws Exception {
    return ask("GET /stats", host(), authorization()).body().contains("\"paused\":true");
  }

  @ParameterizedTest
  @EnumSource(Storage.class)
  void commandLineFindsTheToken(Storage storage) throws Exception {
    start(storage);
    assertThat(Cli.done(site, "pause", "t")).isEqualTo("topic t: paused\n");
    assertThat(isPaused()).isTrue();
  }

  @Test
  void whereNoFileHasTheTokenTheLogDoesAndTheCommandLineIsTold() throws Exception {
    port = Browser.freePort();
    String server = "tcp://127.0.0.1:" + Browser.freePort();
    String admin = "Admin: http://127.0.0.1:" + port;
    site = Site.started(Storage.MEMORY, new Layout().serverAt(server).with(admin).topic("t"));
    assertThat(Cli.run(site, "pause", "t").err()).contains("$PPMQ_TOKEN").contains("log");
    String token = tokenInLog();
    assertThat(Cli.runWithToken(token, site, "pause", "t").status()).isZero();
    assertThat(ask("GET /stats", host(), "Authorization: Bearer " + token).body())
        .contains("\"paused\":true");
  }

  @Test
  void withoutTheTokenNothingIsChanged() throws Exception {
    start(Storage.DIRECTORY);
    assertThat(ask("GET /stats", host()).body()).contains(tokenFile() + ", where", "$PPMQ_TOKEN");
    for (String path :
        List.of("/pause?topic=t", "/purge?topic=t", "/reload", "/backup?directory=/x")) {
      assertThat(ask("POST " + path, host()).status()).as(path).isEqualTo(401);
    }
    assertThat(ask("POST /pause?topic=t", host(), authorization() + "0").status()).isEqualTo(401);
    assertThat(isPaused()).isFalse();
    assertThat(ask("POST /pause?topic=t", host(), authorization()).status()).isEqualTo(200);
    assertThat(isPaused()).isTrue();
  }

  @Test
  void withoutTheTokenNothingIsSeenButHealthAndFigures() throws Exception {
    start(Storage.DIRECTORY);
    for (String path :
        List.of(
            "/", "/stats", "/peek?topic=t&subscriber=s", "/help", "/dead", "/console/main.js")) {
      assertThat(ask("GET " + path, host()).status()).as(path).isEqualTo(401);
      assertThat(ask("GET " + path, host(), "Cookie: ppmq-token-" + port + "=1").status())
          .as(path)
          .isEqualTo(401);
    }
    for (String path : List.of("/health", "/ready", "/metrics")) {
      assertThat(ask("GET " + path, host()).status()).as(path).isEqualTo(200);
      assertThat(ask("GET " + path, "Host: evil.example").status()).as(path).isEqualTo(403);
    }
  }

  @Test
  void addressInTheLogGivesTheBrowserACookie() throws Exception {
    start(Storage.DIRECTORY, "ConsoleChanges: true");
    String token = tokenInLog();
    AdminPage entrance = ask("GET /?token=" + token, host());
    assertThat(entrance.status()).isEqualTo(303);
    assertThat(entrance.head()).contains("Location: /\r\n").contains("; HttpOnly; SameSite=Strict");
    assertThat(ask("GET /?token=" + token, "Host: evil.example").status()).isEqualTo(403);
    String cookie = "Cookie: other=1; ppmq-token-" + port + "=" + token;
    assertThat(ask("GET /stats", host(), cookie).status()).isEqualTo(200);
    assertThat(ask("POST /pause?topic=t", host(), cookie).status()).isEqualTo(403);
    String origin = "Origin: http://127.0.0.1:" + port;
    assertThat(ask("POST /pause?topic=t", host(), cookie, origin).status()).isEqualTo(200);
  }

  @Test
  void tokenIsForTheBrokersUserOnlyAndGoneAtTheEnd() throws Exception {
    start(Storage.DIRECTORY);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(tokenFile())))
        .isEqualTo("rw-------");
    site.broker().terminate();
    assertThat(tokenFile()).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource({
    "false, own, own, 403",
    "true, own, own, 200",
    "true, own, http://127.0.0.1:1, 403",
    "true, own, http://evil.example, 403",
    "true, own, null, 403",
    "true, evil.example, http://evil.example, 403",
    "true, evil.example, own, 403",
  })
  void pageInABrowserChangesSomethingOnlyIfItIsOurs(
      boolean changes, String host, String origin, int status) throws Exception {
    start(Storage.MEMORY, "ConsoleChanges: " + changes);
    String own = "127.0.0.1:" + port;
    AdminPage answer =
        ask(
            "POST /pause?topic=t",
            "Host: " + (host.equals("own") ? own : host),
            "Origin: " + (origin.equals("own") ? "http://" + own : origin),
            authorization());
    assertThat(answer.status()).isEqualTo(status);
    assertThat(isPaused()).isEqualTo(status == 200);
  }

  @Test
  void pageAndAllItIsMadeOfComeWithAStrictPolicyAndFromHere() throws Exception {
    start(Storage.MEMORY);
    AdminPage page = ask("GET /", host(), authorization());
    assertThat(page.head()).contains("text/html");
    assertThat(page.body()).doesNotContain("https://").doesNotContain("http://");
    List<String> parts =
        List.of("index.html", "console.css", "uPlot.min.css", "uPlot.iife.min.js", "main.js");
    for (String part : parts) {
      AdminPage got = ask("GET /console/" + part, host(), authorization());
      assertThat(got.status()).as(part).isEqualTo(200);
      assertThat(got.head()).contains("default-src 'none'; script-src 'self'").contains("nosniff");
    }
    assertThat(ask("GET /console/../version.txt", host(), authorization()).status()).isEqualTo(404);
    assertThat(ask("GET /console/uPlot.LICENSE", host(), authorization()).status()).isEqualTo(404);
    assertThat(ask("GET /", "Host: evil.example").status()).isEqualTo(403);
    assertThat(ask("GET /help", host(), authorization()).body()).contains("GET /metrics");
  }
}
