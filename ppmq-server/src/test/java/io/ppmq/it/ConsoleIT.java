package io.ppmq.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The page for browsers, in a browser. Screenshots go to {@code target/console}. */
final class ConsoleIT {
  private static final Path SCREENSHOTS = Path.of("target", "console");
  private static final String TOO_WIDE =
      "return document.documentElement.scrollWidth > document.documentElement.clientWidth";
  private static final String ODD = "<b>odd</b> & 'name'";

  private static Browser browser;

  private Site site;
  private Peer peer;
  private SubscriberSocket mailer;
  private String base;

  @BeforeAll
  static void startBrowser() throws Exception {
    Requirement.loopback();
    Requirement.programs("chromium", "chromedriver");
    browser = Browser.start();
  }

  @AfterAll
  static void closeBrowser() throws Exception {
    if (browser != null) {
      browser.close();
    }
  }

  @BeforeEach
  void start() throws Exception {
    int port = Browser.freePort();
    base = "http://127.0.0.1:" + port + "/";
    site =
        Site.started(
            Storage.DIRECTORY,
            new Layout()
                .with("Admin: " + base)
                .with("ConsoleChanges: true")
                .topicFor(List.of("mailer", "audit"), "mails", "Priorities: 3")
                .topicFor(
                    List.of("audit"),
                    "orders",
                    "MaxDeliveries: 1",
                    "AckRetry: 50ms",
                    "DeadLetter: graves")
                .topicFor(List.of("audit"), "\"" + ODD + "\"")
                .topicFor(List.of(), "graves"));
    peer = site.peer();
    mailer = site.subscriber("mailer");
    browser.scheme("light");
    browser.size(1100, 900);
  }

  @AfterEach
  void close() throws Exception {
    String log = browser.log();
    browser.open("about:blank");
    site.close();
    assertThat(log).as("what the browser said").isEqualTo("{\"value\":[]}");
  }

  private String withToken() throws Exception {
    String line = site.broker().said("?token=").get(0);
    return line.substring(line.indexOf("http://"));
  }

  /** Opens a page as in a new tab. */
  private void open(String url) throws Exception {
    browser.open("about:blank");
    browser.open(url);
    browser.awaitText("live");
  }

  /** Leaves 9 waiting and 10 in flight for one subscriber, and 40 waiting for the other. */
  private void traffic() throws Exception {
    for (int i = 0; i < 40; i++) {
      publishJson("mails", "{\"to\":\"user" + i + "\",\"number\":12345678901234567890}");
      if (i % 10 == 0) {
        peer.acknowledge(mailer.next());
      }
    }
  }

  private void publishJson(String topic, String payload) throws Exception {
    peer.publish(topic, Stream.of("{\"Payload\":" + payload + "}"));
  }

  /** Charts follow the window a moment later. */
  private static void awaitNotTooWide() throws Exception {
    Await.until("fits the window", () -> browser.script(TOO_WIDE).equals("false"));
  }

  @Test
  void overviewShowsLiveNumbersInLightAndDarkAndOnAPhone() throws Exception {
    open(withToken());
    traffic();
    peer.publish(ODD, "1", "2");
    browser.awaitText(ODD);
    browser.awaitText("51");
    Await.until(
        "a chart",
        () ->
            browser.script("return document.querySelectorAll('.chart canvas').length").equals("2"));
    peer.publish("mails", "later");
    browser.awaitText("53");
    browser.screenshot(SCREENSHOTS.resolve("overview.png"));
    browser.scheme("dark");
    Await.until(
        "dark",
        () ->
            browser
                .script("return getComputedStyle(document.body).backgroundColor")
                .equals("rgb(18, 22, 28)"));
    browser.screenshot(SCREENSHOTS.resolve("overview-dark.png"));
    browser.size(360, 740);
    awaitNotTooWide();
    browser.screenshot(SCREENSHOTS.resolve("overview-phone.png"));
  }

  @Test
  void topicIsPeekedIntoPausedAndPurgedWithAConfirmation() throws Exception {
    open(withToken());
    assertThat(browser.script("return location.href")).doesNotContain("token");
    traffic();
    browser.click("main", "mails");
    browser.awaitText("Subscribers");
    browser.click("main", "Peek");
    browser.awaitText("12345678901234567890");
    browser.screenshot(SCREENSHOTS.resolve("topic.png"));

    browser.click("main .heading", "Pause topic");
    browser.awaitText("Pause?");
    browser.screenshot(SCREENSHOTS.resolve("confirm.png"));
    browser.click("dialog", "Cancel");
    assertThat(site.ask("GET /stats")).doesNotContain("\"paused\":true");
    browser.click("main .heading", "Pause topic");
    browser.click("dialog", "Pause");
    browser.awaitText("Paused: topic mails");
    assertThat(site.ask("GET /stats")).contains("\"paused\":true");
    browser.click("main .heading", "Resume topic");
    browser.click("dialog", "Resume");
    browser.awaitText("Resumed: topic mails");
    assertThat(site.ask("GET /stats")).doesNotContain("\"paused\":true");

    browser.click("main .heading", "Purge topic");
    browser.click("dialog", "Purge");
    browser.awaitText("Purged: topic mails");
    assertThat(Cli.done(site, "peek", "-t", "mails", "-s", "audit")).doesNotContain("user");
    browser.size(360, 740);
    awaitNotTooWide();
    browser.screenshot(SCREENSHOTS.resolve("topic-phone.png"));
  }

  @Test
  void deadLettersAreShownAndRequeued() throws Exception {
    SubscriberSocket audit = site.subscriber("audit");
    publishJson("orders", "{\"order\":4711}");
    audit.next();
    open(withToken());
    browser.open(base + "#/topic/orders");
    browser.awaitText("Dead letters");
    Await.until("dead", () -> site.ask("GET /stats").contains("\"died\":1"));
    browser.click("main", "Look");
    browser.awaitText("{\"order\":4711}");
    browser.scheme("dark");
    browser.screenshot(SCREENSHOTS.resolve("dead.png"));
    browser.click("#dead", "Requeue");
    browser.click("dialog", "Requeue");
    browser.awaitText("Requeued");
    assertThat(audit.next().payloads()).containsExactly("{\"order\":4711}");
  }

  @Test
  void topicsAreFilteredAndSortedAndTheirFullnessIsShown() throws Exception {
    open(withToken());
    traffic();
    peer.publish("orders", "1");
    browser.awaitText("Room");
    Await.until("counted", () -> topics().equals("mails,orders," + ODD + ",graves"));
    browser.click("main th", "Topic");
    assertThat(topics()).isEqualTo(ODD + ",graves,mails,orders");
    browser.click("main th", "Waiting");
    Await.until("most first", () -> topics().startsWith("mails"));
    browser.script(
        "const f=document.querySelector('input[type=search]');f.value='ORD';"
            + "f.dispatchEvent(new Event('input'))");
    assertThat(topics()).isEqualTo("orders");
    browser.awaitText("1 of 4");
  }

  private static String topics() throws Exception {
    return browser.script(
        "return [...document.querySelectorAll('table[aria-label=topics] tbody tr td:first-child')]"
            + ".map(e=>e.textContent).join(',')");
  }

  @Test
  void someDeadLettersAreSelectedAndRequeued() throws Exception {
    SubscriberSocket audit = site.subscriber("audit");
    for (int i = 0; i < 3; i++) {
      publishJson("orders", "{\"order\":" + i + "}");
      audit.next();
    }
    open(withToken());
    browser.open(base + "#/topic/orders");
    Await.until("dead", () -> site.ask("GET /stats").contains("\"died\":3"));
    browser.click("main", "Look");
    browser.awaitText("{\"order\":2}");
    browser.script("document.querySelectorAll('#dead input').forEach((e,i)=>i<2&&e.click())");
    browser.awaitText("2 selected");
    browser.screenshot(SCREENSHOTS.resolve("dead-selected.png"));
    browser.click("main", "Requeue selected");
    browser.click("dialog", "Requeue");
    browser.awaitText("Requeued: 2 messages");
  }

  @Test
  void testMessageIsPublishedAndHistorySurvivesAReload() throws Exception {
    open(withToken());
    browser.open(base + "#/topic/mails");
    browser.awaitText("Publish a test message");
    browser.script("document.querySelector('#test').open=true");
    browser.script(
        "document.querySelector('#test textarea').value='{\"a\": 12345678901234567890}'");
    browser.click("#test", "Publish");
    browser.awaitText("Published: one message to topic mails");
    assertThat(mailer.next().payloads()).containsExactly("{\"a\": 12345678901234567890}");
    browser.script("location.reload()");
    Await.until(
        "loaded again, and recalled",
        () ->
            browser
                .script(
                    "return document.querySelector('#live')?.textContent==='live'"
                        + " && JSON.parse(sessionStorage['ppmq-history']).kept[0][1].times.length > 1")
                .equals("true"));
  }

  @Test
  void withoutTheTokenNothingIsShown() throws Exception {
    browser.open(base);
    browser.awaitText("Token");
    assertThat(browser.text()).doesNotContain("mails");
    browser.screenshot(SCREENSHOTS.resolve("entrance.png"));
    browser.log(); // discards the expected message about the refusal
    browser.script("document.querySelector('input').value='wrong';document.forms[0].submit()");
    Await.until("refused again", () -> browser.script("return location.search").contains("wrong"));
    browser.awaitText("Token");
    browser.log();
    open(withToken());
    assertThat(browser.script("return location.href + document.cookie")).isEqualTo(base);
  }
}
