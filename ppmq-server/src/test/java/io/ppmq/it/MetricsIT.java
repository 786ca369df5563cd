package io.ppmq.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.InputStream;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The metrics that Prometheus gets. */
final class MetricsIT {
  private static final Path DASHBOARD = Path.of("..", "contrib", "grafana", "ppmq.json");
  private static final Path ALERTS = Path.of("..", "contrib", "prometheus", "ppmq.rules.yml");
  private static final Pattern METRIC = Pattern.compile("\\b(ppmq|process)_[a-z_]+");
  private static final String QUERY = "expr";
  private static final String ODD = "odd \\ \"name\"";

  private Site site;
  private Path file;

  @BeforeEach
  void start() throws Exception {
    Layout layout =
        new Layout()
            .topicFor(List.of("a", "b"), "t")
            .topicFor(List.of("a"), "full", "MaxMessages: 1", "WhenFull: reject")
            .topicFor(List.of("a"), "'" + ODD + "'");
    site = new Site(Storage.DIRECTORY, layout);
    file = Files.createDirectory(site.directory().resolve("metrics")).resolve("ppmq.prom");
    site.configure(layout.with("MetricsFile: " + file));
    site.start();
  }

  @AfterEach
  void close() throws Exception {
    site.close();
  }

  private AdminPage page() throws Exception {
    SocketAddress admin = UnixDomainSocketAddress.of(site.serverSocket() + ".admin");
    return AdminPage.get(admin, "/metrics");
  }

  private PrometheusText metrics() throws Exception {
    return PrometheusText.parse(page().body());
  }

  @Test
  void everyQueueHasItsDepthAndItsCounters() throws Exception {
    SubscriberSocket a = site.subscriber("a");
    Peer peer = site.peer();
    peer.publish("t", "1");
    Push push = a.next();
    peer.publish("t", "2");
    Await.until("both", () -> metrics().value("ppmq_messages_published_total", "topic", "t") == 2);
    Await.until(
        "it is known as sent", () -> ofQueue(metrics(), "ppmq_messages_delivered_total", "a") == 1);

    PrometheusText metrics = metrics();
    assertThat(ofQueue(metrics, "ppmq_in_flight_messages", "a")).isEqualTo(1);
    assertThat(ofQueue(metrics, "ppmq_backlog_messages", "a")).isEqualTo(1);
    assertThat(ofQueue(metrics, "ppmq_messages_delivered_total", "a")).isEqualTo(1);
    assertThat(ofQueue(metrics, "ppmq_messages_acknowledged_total", "a")).isZero();
    assertThat(ofQueue(metrics, "ppmq_backlog_messages", "b")).isEqualTo(2);
    assertThat(metrics.value("ppmq_subscriber_connected", "subscriber", "a")).isEqualTo(1);
    assertThat(metrics.value("ppmq_subscriber_connected", "subscriber", "b")).isZero();

    peer.acknowledge(push);
    Await.until(
        "acknowledged", () -> ofQueue(metrics(), "ppmq_messages_acknowledged_total", "a") == 1);
    Await.until(
        "grows old", () -> ofQueue(metrics(), "ppmq_oldest_message_age_seconds", "b") > 0.01);
  }

  private static double ofQueue(PrometheusText metrics, String name, String subscriber) {
    return metrics.value(name, "topic", "t", "subscriber", subscriber);
  }

  @Test
  void whatIsRefusedIsCountedByReason() throws Exception {
    Peer peer = site.peer();
    peer.publish("full", "1");
    peer.send("{\"Topic\":\"full\",\"Messages\":[{\"Payload\":2},{\"Payload\":3}]}");
    peer.send("{\"Topic\":\"nope\",\"Messages\":[{\"Payload\":1},{\"Payload\":2}]}");
    peer.send("{\"Topic\":\"t\",\"Messages\":[{\"Payload\":1,\"Expires\":\"soon\"}]}");
    peer.send("}");
    Await.until("all of it", () -> refused("malformed") == 1);
    Await.until("what is full", () -> refused("full") == 2);
    assertThat(refused("unknown")).isEqualTo(2);
    assertThat(refused("invalid")).isEqualTo(1);
    assertThat(refused("storage")).isZero();
  }

  @Test
  void deliveriesAndAcknowledgementsAreTimedByTopic() throws Exception {
    SubscriberSocket a = site.subscriber("a");
    Peer peer = site.peer();
    peer.publish("t", "1");
    peer.acknowledge(a.next());
    Await.until("timed", () -> metrics().has("ppmq_acknowledgement_seconds_count", "topic", "t"));
    PrometheusText metrics = metrics();
    for (String name : List.of("ppmq_delivery_seconds", "ppmq_acknowledgement_seconds")) {
      assertThat(metrics.value(name + "_count", "topic", "t")).isEqualTo(1);
      assertThat(metrics.value(name + "_bucket", "topic", "t", "le", "+Inf")).isEqualTo(1);
      assertThat(metrics.value(name + "_sum", "topic", "t")).isLessThan(600);
      assertThat(metrics.has(name + "_count", "topic", ODD)).as("nothing happened").isFalse();
    }
  }

  @Test
  void openMetricsAreServedToWhoeverAcceptsThem() throws Exception {
    SocketAddress admin = UnixDomainSocketAddress.of(site.serverSocket() + ".admin");
    site.peer().publish("t", "1");
    Await.until("a sync", () -> metrics().value("ppmq_sync_duration_seconds_count") > 0);
    String accept = "Accept: application/openmetrics-text;version=1.0.0,text/plain;q=0.5";
    AdminPage open = AdminPage.ask(admin, "GET /metrics", List.of(accept));
    assertThat(open.head())
        .contains("Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8");
    assertThat(open.body())
        .endsWith("\n# EOF\n")
        .contains(
            "# TYPE ppmq_messages_published counter\nppmq_messages_published_total{topic=\"t\"} 1\n")
        .contains("ppmq_sync_duration_seconds_bucket{le=\"1.0\"}")
        .doesNotContain("# TYPE ppmq_messages_published_total");
    String asText =
        open.body()
            .replaceAll(
                "(?m)^(# (?:HELP|TYPE) )(\\S+)(.*)(\n# TYPE \\2) counter$",
                "$1$2_total$3$4_total counter")
            .replace("# EOF\n", "");
    assertThat(PrometheusText.parse(asText).kinds()).isEqualTo(metrics().kinds());
  }

  private double refused(String reason) throws Exception {
    return metrics().value("ppmq_messages_refused_total", "reason", reason);
  }

  @Test
  void commitsAndSyncsAreTimedAndTheMachineIsMeasured() throws Exception {
    site.peer().publish("t", "1");
    Await.until("a sync", () -> metrics().value("ppmq_sync_duration_seconds_count") > 0);
    PrometheusText metrics = metrics();
    assertThat(metrics.value("ppmq_commit_duration_seconds_count")).isPositive();
    assertThat(metrics.value("ppmq_commit_duration_seconds_sum")).isPositive().isLessThan(600);
    assertThat(metrics.value("ppmq_disk_free_bytes")).isPositive();
    assertThat(metrics.value("ppmq_store_bytes")).isPositive();
    assertThat(metrics.value("process_resident_memory_bytes")).isBetween(1e7, 1e9);
    double now = System.currentTimeMillis() / 1e3;
    assertThat(metrics.value("process_start_time_seconds")).isBetween(now - 3600, now + 1);
    assertThat(page().head()).contains("text/plain; version=0.0.4");
  }

  @Test
  void namesOfAnyCharactersAreEscaped() throws Exception {
    assertThat(metrics().value("ppmq_paused", "topic", ODD, "subscriber", "a")).isZero();
    Cli.done(site, "pause", "-t", ODD);
    assertThat(metrics().value("ppmq_paused", "topic", ODD, "subscriber", "a")).isEqualTo(1);
  }

  @Test
  void fileIsReplacedByWholeOnesAndRemovedAtTheEnd() throws Exception {
    Await.until("the file", () -> Files.exists(file));
    PrometheusText first = PrometheusText.parse(Files.readString(file));
    Set<String> renamed = new TreeSet<>();
    metrics()
        .kinds()
        .keySet()
        .forEach(name -> renamed.add(name.replaceFirst("^process", "ppmq_process")));
    assertThat(first.kinds().keySet()).isEqualTo(renamed);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-r--r--");
    FileTime written = Files.getLastModifiedTime(file);
    Await.until(
        "the next",
        Await.PATIENCE.plusSeconds(15),
        () -> isNewer(Files.getLastModifiedTime(file), written));
    PrometheusText.parse(Files.readString(file));
    site.broker().terminate();
    assertThat(file.getParent()).isEmptyDirectory();
  }

  private static boolean isNewer(FileTime time, FileTime than) {
    return time.compareTo(than) > 0;
  }

  @Test
  void everyBoundHasItsFigureBesideIt() throws Exception {
    site.peer().publish("full", "1");
    Await.until(
        "it is full", () -> metrics().value("ppmq_retained_messages", "topic", "full") == 1);
    Await.until("a connection", () -> metrics().value("ppmq_connections") >= 1);
    PrometheusText metrics = metrics();
    assertThat(metrics.value("ppmq_retained_messages_max", "topic", "full")).isEqualTo(1);
    assertThat(metrics.value("ppmq_disk_free_bytes_min")).isEqualTo(64 << 20);
    assertThat(metrics.value("ppmq_ready")).isEqualTo(1);
    assertThat(metrics.value("ppmq_nacked_messages_max")).isEqualTo(10_000);
    for (String bound :
        List.of(
            "connections",
            "unread_answer_bytes",
            "unfinished_input_bytes",
            "held_bytes",
            "unwritten_batch_bytes")) {
      double used = metrics.value("ppmq_" + bound);
      assertThat(metrics.value("ppmq_" + bound + "_max")).as(bound).isGreaterThan(used);
    }
    try (Peer slow = site.peer()) {
      slow.send("{\"Topic\":\"t\",\"Messages\":[{\"Payload\":\"" + "x".repeat(20_000));
      Await.until("unfinished", () -> metrics().value("ppmq_unfinished_input_bytes") >= 20_000);
    }
  }

  @Test
  void everyMetricOfTheDashboardAndTheAlertsIsThere() throws Exception {
    Set<String> known = new TreeSet<>();
    metrics()
        .kinds()
        .forEach(
            (name, kind) -> {
              boolean histogram = kind.equals("histogram");
              known.addAll(
                  histogram
                      ? List.of(name + "_bucket", name + "_sum", name + "_count")
                      : List.of(name));
            });
    assertThat(known).containsAll(namedInDashboard()).containsAll(namedInAlerts());
  }

  private static Set<String> namedInAlerts() throws Exception {
    Set<String> named = new TreeSet<>();
    Matcher metric = METRIC.matcher(Files.readString(ALERTS));
    while (metric.find()) {
      named.add(metric.group());
    }
    assertThat(named).hasSizeGreaterThan(15);
    return named;
  }

  private static Set<String> namedInDashboard() throws Exception {
    Set<String> named = new TreeSet<>();
    try (JsonParser json = new JsonFactory().createParser(DASHBOARD.toFile())) {
      for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
        if (token == JsonToken.VALUE_STRING && QUERY.equals(json.currentName())) {
          Matcher metric = METRIC.matcher(json.getText());
          while (metric.find()) {
            named.add(metric.group());
          }
        }
      }
    }
    assertThat(named).hasSizeGreaterThan(15);
    return named;
  }

  /** Uses the tool of Prometheus, if it is installed. */
  @Test
  void promtoolFindsNothingToSay() throws Exception {
    Requirement.programs("promtool");
    Path text = Files.writeString(site.directory().resolve("text"), page().body());
    assertThat(promtool(text, "check", "metrics")).isEmpty();
  }

  @Test
  void alertsFireAtTheirFigures() throws Exception {
    Requirement.programs("promtool");
    Path rules = site.directory().resolve("ppmq.rules.yml");
    Files.copy(ALERTS, rules);
    Path test = site.directory().resolve("alerts.test.yml");
    try (InputStream of = MetricsIT.class.getResourceAsStream("alerts.test.yml")) {
      Files.copy(requireNonNull(of), test);
    }
    Path nothing = Path.of("/dev/null");
    Path ofCluster = site.directory().resolve("ppmq-cluster.rules.yml");
    Files.copy(ALERTS.resolveSibling("ppmq-cluster.rules.yml"), ofCluster);
    assertThat(promtool(nothing, "check", "rules", ofCluster.toString())).contains("SUCCESS");
    assertThat(promtool(nothing, "check", "rules", rules.toString())).contains("SUCCESS");
    assertThat(promtool(nothing, "test", "rules", test.toString())).contains("SUCCESS");
  }

  private static String promtool(Path input, String... words) throws Exception {
    List<String> line = new ArrayList<>(List.of("promtool"));
    line.addAll(List.of(words));
    ProcessBuilder promtool = new ProcessBuilder(line).redirectInput(input.toFile());
    Process process = promtool.redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said;
  }
}
