package io.ppmq.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.APPEND;
import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.admin.Version;
import io.ppmq.cli.output.JsonTree;
import io.ppmq.cli.output.Status;
import io.ppmq.cli.output.Terminal;
import io.ppmq.cli.serve.RunningBroker;
import io.ppmq.client.Address;
import io.ppmq.client.Subscriber;
import io.ppmq.config.ConfigFile;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands as a shell sees them: words in, two streams and a status out. */
@Timeout(120)
final class PpmqTest {
  private static final String CONFIG =
      """
      ServerSocket: %1$s/ppmq.socket
      DataPath: mem
      Subscribers:
        - Name: mailer
          Socket: %1$s/mailer.socket
        - Name: audit
          Socket: %1$s/audit.socket
      Topics:
        - Name: mails
          Subscribers: [mailer, audit]
          Priorities: 2
          Expire: true
        - Name: void
          Subscribers: []
      """;

  @TempDir Path directory;

  private Path configFile;
  private RunningBroker broker;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @BeforeEach
  void writeConfig() throws Exception {
    configFile = Files.writeString(directory.resolve("ppmq.yaml"), CONFIG.formatted(directory));
  }

  @AfterEach
  void stop() throws Exception {
    if (broker != null) {
      broker.stop();
    }
  }

  // ---- usage ----------------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(strings = {"version", "--version", "-V"})
  void versionIsPlainText(String word) {
    assertThat(ppmq(word)).isZero();

    assertThat(out()).isEqualTo("ppmq " + Version.current() + "\n");
    assertThat(Version.current()).matches("\\d+\\.\\d+\\.\\d+.*");
  }

  @ParameterizedTest
  @ValueSource(strings = {"command nonsense", "option --nonsense"})
  void whatIsNotThereIsNamed(String what) {
    assertThat(ppmq(what.substring(what.indexOf(' ') + 1))).isEqualTo(Status.USAGE);

    assertThat(err()).isEqualTo("ppmq: there is no " + what + " (see 'ppmq --help')\n");
  }

  @ParameterizedTest
  @CsvSource({
    "help nope, there is no command nope",
    "nope --help, there is no command nope",
    "help --nope, there is no option --nope",
    "sats, there is no command sats: did you mean stats?",
    "help pubish, there is no command pubish: did you mean publish?",
    "help dead nope, there is no command dead nope",
    "help dead requeu, there is no command dead requeu: did you mean requeue?",
    "help dead list all, there is no command dead list all",
    "help cluster stat, there is no command cluster stat: did you mean status?",
    "help serve nope, there is no command serve nope",
    "stats --jsn, there is no option --jsn: did you mean --json?",
    "publish --tpoic t x, there is no option --tpoic: did you mean --topic?",
    "publish -t t x y z, unexpected argument: y",
    "check my.yaml, unexpected argument: my.yaml: did you mean -c my.yaml?",
    "publish -t t -p high x, Invalid value for option '--priority': 'high' is not a whole number",
    "publish -t t --delay -1s x, Invalid value for option '--delay': '-1s' is not from 0s to ten years",
  })
  void whatWasProbablyMeantIsSaidAndStatusIs2(String words, String sentence) {
    assertThat(ppmq(words.split(" "))).isEqualTo(Status.USAGE);

    assertThat(out()).isEmpty();
    assertThat(err()).startsWith("ppmq: " + sentence + " (see 'ppmq").hasLineCount(1);
  }

  @Test
  void helpOfACommandIsWhatItsOptionPrints() {
    assertThat(ppmq("help", "publish")).isZero();

    assertThat(out()).contains("Usage: ppmq publish");
  }

  @ParameterizedTest
  @CsvSource({"dead, list", "cluster, add", "names, topics", "conformance, broker", "dead, --help"})
  void helpOfAnActionIsThatOfItsCommand(String command, String action) {
    assertThat(ppmq("help", command, action)).isZero();

    assertThat(out()).contains("Usage: ppmq " + command);
  }

  @Test
  void helpOfHelpListsTheCommands() {
    assertThat(ppmq("help", "help")).isZero();

    assertThat(out()).contains("Usage: ppmq COMMAND");
  }

  @Test
  void helpListsEveryCommand() {
    assertThat(ppmq("--help")).isZero();

    assertThat(out())
        .contains("serve", "demo", "check", "publish", "subscribe", "ack", "reconnect", "stats")
        .contains("peek", "backup", "repair", "version", "Exit status");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "serve",
        "demo",
        "check",
        "publish",
        "subscribe",
        "ack",
        "nack",
        "reconnect",
        "stats",
        "health",
        "names",
        "peek",
        "export",
        "delete",
        "backup",
        "repair",
        "cluster",
        "conformance",
        "version"
      })
  void everyCommandHasHelpWithAnExampleThatFitsATerminal(String command) {
    assertThat(ppmq(command, "--help")).isZero();

    assertThat(out()).contains("Usage: ppmq " + command, "Example", "Exit status: 0");
    assertThat(out().lines()).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(90));
    assertThat(err()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "nonsense",
        "stats --nonsense",
        "publish payload",
        "publish -t mails -p high x",
        "publish -t mails --expires tomorrow x",
        "publish -t mails --expires -5m x",
        "subscribe",
        "ack -t mails mailer",
        "nack -t mails mailer",
        "nack -t mails --retry-after soon mailer k",
        "nack -t mails --retry-after 25h mailer k",
        "nack -t mails --retry-after -1s mailer k",
        "delete mails",
        "cluster",
        "cluster crown",
        "cluster status b",
        "cluster transfer",
        "cluster add d",
        "cluster remove c",
        "cluster force-single",
        "delete mails k",
        "peek",
        "peek mails -n 0",
        "peek mails -n 1001",
        "peek mails -p -1",
        "peek mails --state asleep",
        "dead list -n 0",
        "subscribe mailer -n 0",
        "subscribe mailer --workers 0",
        "top --json -n 0",
        "top --json -d 0",
        "top --json -d NaN",
        "top --json -d Infinity",
        "bench --payload 31",
        "bench --sync sometimes",
        "bench --rate 0",
        "bench --backlog 0",
        "bench --directory /nonexistent",
      })
  void wrongUsageIsStatus2AndOneLine(String words) {
    assertThat(ppmq(words.isEmpty() ? new String[0] : words.split(" "))).isEqualTo(2);

    assertThat(out()).isEmpty();
    assertThat(err()).startsWith("ppmq: ").endsWith("\n").hasLineCount(1);
  }

  @Test
  void nameWithLineBreakLeavesAnErrorOnOneLine() throws Exception {
    serve();
    for (String command : List.of("peek", "subscribe")) {
      err.reset();
      assertThat(run(command, "a\nb")).isNotZero();
      assertThat(err()).startsWith("ppmq: ").hasLineCount(1);
    }
  }

  // ---- configuration --------------------------------------------------------------------------

  @Test
  void checkCountsWhatIsThere() {
    assertThat(ppmq("check", "-c", configFile.toString())).isZero();

    assertThat(out()).isEqualTo(configFile + ": fine: 2 topics, 2 subscribers\n");
    assertThat(err()).contains("ppmq: warning: " + configFile + ":14: ").hasLineCount(1);
  }

  @Test
  void checkTellsAllErrorsAtOnce() throws Exception {
    Files.writeString(configFile, "ServerSocket: [1]\nTopics: 3\n");

    assertThat(ppmq("check", "-c", configFile.toString())).isEqualTo(78);

    assertThat(out()).isEmpty();
    assertThat(err().lines().toList())
        .hasSizeGreaterThan(1)
        .allMatch(line -> line.startsWith("ppmq: " + configFile + ":"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"serve", "check", "stats", "publish -t mails x", "subscribe mailer"})
  void aConfigurationThatIsNotThereIsStatus78(String words) {
    assertThat(ppmq((words + " -c " + directory + "/none.yaml").split(" "))).isEqualTo(78);

    assertThat(err()).contains("none.yaml: cannot be read").hasLineCount(1);
  }

  @Test
  void theEnvironmentNamesTheConfiguration() {
    assertThat(Ppmq.run(terminal("", Map.of("PPMQ_CONFIG", configFile.toString())), "check"))
        .isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "publish -t mails x",
        "ack -t mails mailer k",
        "nack -t mails mailer k",
        "delete mails k --yes",
        "export mails",
        "reconnect mailer",
        "stats",
        "stats --json",
        "peek mails"
      })
  void aBrokerThatDoesNotRunIsStatus69(String words) {
    assertThat(ppmq((words + " -c " + configFile).split(" "))).isEqualTo(69);

    assertThat(out()).isEmpty();
    assertThat(err()).contains("not reachable").hasLineCount(1);
  }

  @Test
  void aBrokerThatDoesNotRunIsAskedAfter() {
    for (String words : List.of("publish -t mails x", "ack -t mails mailer k", "stats")) {
      err.reset();
      assertThat(run(words.split(" "))).isEqualTo(69);
      assertThat(err()).endsWith("; is the broker running?\n").hasLineCount(1);
    }
  }

  @Test
  void theSocketIsEnoughToSpeakToABroker() throws Exception {
    serve();
    Files.writeString(configFile, "Topics: 3\n");
    String socket = directory + "/ppmq.socket";

    assertThat(run("publish", "-t", "mails", "--socket", socket, "hello")).isZero();
    assertThat(run("peek", "mails", "--socket", socket)).isZero();
    assertThat(out()).contains("hello");
    for (String words :
        List.of("stats", "dead", "pause mails", "resume mails", "reconnect mailer")) {
      assertThat(run((words + " --socket " + socket).split(" "))).as(words).isZero();
    }
    assertThat(run("ack", "-t", "mails", "--socket", socket, "mailer", "k")).isZero();
    assertThat(run("reload", "--socket", socket)).isEqualTo(78);
  }

  @Test
  void aWrongConfigurationIsNoReasonNotToNameTheSocket() throws Exception {
    Files.writeString(configFile, "Topics: 3\n");
    for (String words : List.of("publish -t mails x", "ack -t mails mailer k", "stats")) {
      err.reset();
      assertThat(run(words.split(" "))).isEqualTo(78);
      assertThat(err()).contains("--socket PATH");
    }
  }

  @Test
  void whatCannotBeTheSocketIsWrongUsage() {
    assertThat(run("stats", "--socket", "tcp://127.0.0.1:4000")).isEqualTo(2);

    assertThat(err()).contains("tcp://127.0.0.1:4000", "-c").hasLineCount(1);
  }

  @Test
  void aServerSocketThatIsTakenIsOneLineAndStatus1() throws Exception {
    serve();

    assertThat(run("serve")).isEqualTo(1);

    assertThat(err()).startsWith("ppmq: ").contains("ppmq.socket").hasLineCount(1);
  }

  // ---- with a broker --------------------------------------------------------------------------

  @Test
  void eachLineOfStdinIsAMessage() throws Exception {
    serve();

    assertThat(Ppmq.run(terminal("one\r\n\ntwo é", env()), "publish", "-t", "mails")).isZero();

    assertThat(run("peek", "mails")).isZero();
    assertThat(out().lines())
        .hasSize(3)
        .satisfiesExactly(
            line -> assertThat(line).contains("\"payload\":\"one\""),
            line -> assertThat(line).contains("\"payload\":\"\""),
            line -> assertThat(line).contains("\"payload\":\"two é\""));
  }

  @Test
  void payloadBeyondTheLimitsOfAJsonLibraryHidesNothingThatFollows() throws Exception {
    serve();
    List<String> payloads =
        List.of(
            "1".repeat(1001),
            "{\"" + "n".repeat(60_000) + "\":1}",
            "1e99999999999",
            "{\"\\uD800\":\"\\uDC00\"}",
            "\"é😀\"",
            "\"last\"");
    String messages =
        payloads.stream().map("{\"Payload\":%s}"::formatted).collect(Collectors.joining(","));
    String value = "{\"Topic\":\"mails\",\"Messages\":[%s],\"Confirm\":\"c\"}".formatted(messages);
    try (SocketChannel producer =
        SocketChannel.open(UnixDomainSocketAddress.of(directory.resolve("ppmq.socket")))) {
      Channels.newOutputStream(producer).write(value.getBytes(UTF_8));
      byte[] confirm = "{\"confirm\":\"c\"}\n".getBytes(UTF_8);
      assertThat(Channels.newInputStream(producer).readNBytes(confirm.length)).isEqualTo(confirm);
    }

    assertThat(run("peek", "mails")).isZero();
    List<String> lines = out().lines().toList();
    assertThat(lines).hasSameSizeAs(payloads);
    for (int i = 0; i < lines.size(); i++) {
      assertThat(lines.get(i)).startsWith("{").contains("\"payload\":" + payloads.get(i) + ",");
    }
    assertThat(run("peek", "mails", "--json")).isZero();
    assertThat(err()).isEmpty();
  }

  @Test
  void manyLinesArePublishedInTheirOrder() throws Exception {
    serve();
    String lines = String.join("\n", IntStream.range(0, 3000).mapToObj(i -> "n" + i).toList());

    assertThat(Ppmq.run(terminal(lines, env()), "publish", "-t", "mails", "-")).isZero();

    assertThat(run("subscribe", "audit", "-n", "3000")).isZero();
    assertThat(out().lines().map(line -> line.replaceAll(".*\"payload\":\"(n\\d+)\".*", "$1")))
        .containsExactlyElementsOf(lines.lines().toList());
  }

  @Test
  void priorityKeyExpiryAndJsonGoAlong() throws Exception {
    serve();

    assertThat(run("publish", "-t", "mails", "-p", "1", "--expires", "2099-01-02T03:04:05Z", "low"))
        .isZero();
    assertThat(run("publish", "-t", "mails", "--json", "{\"a\":\n 1}")).isZero();

    assertThat(run("subscribe", "mailer", "-n", "2")).isZero();
    assertThat(out().lines())
        .satisfiesExactly(
            line ->
                assertThat(line)
                    .matches(
                        "\\{\"topic\":\"mails\",\"key\":\"\\w+\",\"payload\":\\{\"a\": +1},"
                            + "\"priority\":0,\"attempt\":1}"),
            line ->
                assertThat(line)
                    .contains("\"payload\":\"low\",\"expires\":\"2099-01-02T03:04:05Z\"")
                    .contains("\"priority\":1"));
  }

  @Test
  void whatTheBrokerRefusesIsItsSentenceAndStatus1() throws Exception {
    serve();

    assertThat(run("publish", "-t", "nowhere", "x")).isEqualTo(1);

    assertThat(err())
        .isEqualTo("ppmq: there is no topic \"nowhere\": 'ppmq stats' shows the topics\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "publish -t nowhere x",
        "ack -t nowhere mailer k",
        "nack -t nowhere mailer k",
        "reconnect mailer -t nowhere",
        "peek nowhere",
        "peek nowhere -s mailer",
        "export nowhere",
        "dead -t nowhere",
        "delete nowhere k --yes",
        "pause nowhere",
        "resume nowhere",
        "purge nowhere --yes"
      })
  void whereATopicIsUnknownTheCommandThatShowsTheNamesIsSaid(String words) throws Exception {
    serve();

    assertThat(run(words.split(" "))).isEqualTo(1);

    assertThat(err())
        .isEqualTo("ppmq: there is no topic \"nowhere\": 'ppmq stats' shows the topics\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ack -t mails nobody k", "reconnect nobody", "pause -s nobody"})
  void whereASubscriberIsUnknownTheCommandThatShowsTheNamesIsSaid(String words) throws Exception {
    serve();

    assertThat(run(words.split(" "))).isEqualTo(1);

    assertThat(err())
        .startsWith("ppmq: there is no subscriber \"nobody\": 'ppmq names subscribers' lists ")
        .hasLineCount(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ack -t void mailer k", "peek void -s mailer", "pause void -s mailer"})
  void whereASubscriberIsNotTheTopicsTheCommandThatShowsThemIsSaid(String words) throws Exception {
    serve();

    assertThat(run(words.split(" "))).isEqualTo(1);

    assertThat(err())
        .startsWith("ppmq: \"mailer\" is not a subscriber of topic \"void\": 'ppmq stats' shows ")
        .hasLineCount(1);
  }

  @Test
  void aLineThatIsNotJsonIsNamed() throws Exception {
    serve();

    assertThat(Ppmq.run(terminal("1\n{\"a\":\n", env()), "publish", "-t", "mails", "--json"))
        .isEqualTo(1);

    assertThat(err()).startsWith("ppmq: line 2: ").contains("not a JSON value").hasLineCount(1);
  }

  @Test
  void aPayloadThatIsNotJsonIsNotPublished() throws Exception {
    serve();

    assertThat(run("publish", "-t", "mails", "--json", "{\"a\":")).isEqualTo(1);

    assertThat(err()).contains("not a JSON value").hasLineCount(1);
    assertThat(run("peek", "mails")).isZero();
    assertThat(out()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"peek mails -n 60", "peek mails -n 60 --json"})
  void peekThatEndsAfterItsBytesSaysSo(String words) throws Exception {
    serve();
    String lines = ("x".repeat(1 << 20) + "\n").repeat(5);
    assertThat(Ppmq.run(terminal(lines, env()), "publish", "-t", "mails", "-")).isZero();

    assertThat(run(words.split(" "))).isZero();

    assertThat(err())
        .startsWith("ppmq: the list is not complete, since a peek ends after 4 MiB of payloads; ")
        .hasLineCount(1);
    assertThat(run("peek", "mails", "-n", "4")).isZero();
    assertThat(err()).hasLineCount(1);
  }

  @Test
  void aLineThatIsNotUtf8IsNamed() throws Exception {
    serve();
    byte[] input = {'o', 'k', '\n', (byte) 0xff, '\n'};

    assertThat(Ppmq.run(terminal(input, env()), "publish", "-t", "mails")).isEqualTo(1);

    assertThat(err()).isEqualTo("ppmq: line 2 is not UTF-8\n");
  }

  @Test
  void statsAreATableForPeopleAndJsonForPrograms() throws Exception {
    serve();
    run("publish", "-t", "mails", "x");

    assertThat(run("stats")).isZero();
    assertThat(out())
        .startsWith("ppMQ " + Version.current() + ", up ")
        .contains("TOPIC / SUBSCRIBER", "ACKED")
        .containsPattern("mails +published 1\n  mailer +\\w+ +1 ")
        .contains("no subscribers");

    out.reset();
    assertThat(run("stats", "--json")).isZero();
    JsonTree stats = JsonTree.parse(out.toByteArray());
    assertThat(stats.list("topics")).hasSize(2);
    assertThat(stats.list("topics").get(0).count("published")).isEqualTo(1);
  }

  @Test
  void anAcknowledgementByHandIsAsGoodAsTheSubscribers() throws Exception {
    serve();
    run("publish", "-t", "mails", "x");
    assertThat(run("subscribe", "mailer", "--no-ack", "-n", "1")).isZero();
    String key = out().replaceAll("(?s).*\"key\":\"(\\w+)\".*", "$1");

    assertThat(run("ack", "-t", "mails", "mailer", key)).isZero();
    assertThat(err()).isEmpty();

    out.reset();
    assertThat(run("peek", "mails", "-s", "mailer")).isZero();
    assertThat(out()).isEmpty();
  }

  @Test
  void reconnectHasWhatIsNotAcknowledgedSentAgain() throws Exception {
    serve();
    run("publish", "-t", "mails", "x");
    CountDownLatch twice = new CountDownLatch(2);
    Address socket = Address.of(directory.resolve("mailer.socket").toString());
    try (Subscriber subscriber =
        Subscriber.builder("mailer", Address.of(directory.resolve("ppmq.socket").toString()))
            .acknowledge(false)
            .reconnect(false)
            .listen(socket, batch -> twice.countDown())) {
      assertThat(subscriber).isNotNull();
      while (twice.getCount() == 2) {
        Thread.onSpinWait();
      }

      assertThat(run("reconnect", "mailer", "-t", "mails")).isZero();

      twice.await();
    }
  }

  @Test
  void aCommandThatSucceedsAcknowledgesItsMessage() throws Exception {
    serve();
    run("publish", "-t", "mails", "-p", "1", "it's\ntwo lines");
    Path file = directory.resolve("got");
    String command =
        "cat > '"
            + file
            + "'; echo \" $PPMQ_TOPIC $PPMQ_PRIORITY $PPMQ_ATTEMPT\" >> '"
            + file
            + "'";

    assertThat(run("subscribe", "audit", "-n", "1", "--exec", command)).isZero();

    assertThat(file).hasContent("it's\ntwo lines mails 1 1\n");
    assertThat(run("peek", "mails", "-s", "audit")).isZero();
    assertThat(out()).isEmpty();
  }

  @Test
  void aCommandThatFailsLeavesItsMessageUnacknowledged() throws Exception {
    serve();
    run("publish", "-t", "mails", "x");

    assertThat(run("subscribe", "audit", "-n", "1", "--exec", "exit 3")).isZero();

    assertThat(err()).matches("ppmq: message [0-9a-z]+ of topic mails is nacked: exit status 3\n");
    assertThat(run("peek", "mails", "-s", "audit")).isZero();
    assertThat(out()).contains("\"payload\":\"x\"");
  }

  @Test
  void whatACommandSaysLastIsPassedOn() throws Exception {
    serve();
    run("publish", "-t", "mails", "x");

    assertThat(
            run("subscribe", "audit", "-n", "1", "--exec", "echo first >&2; echo why >&2; false"))
        .isZero();

    assertThat(err())
        .matches("first\nwhy\nppmq: message [0-9a-z]+ of topic mails is nacked: exit status 1\n");
  }

  @Test
  void aSubscriberThatConnectsIsSentNoMoreThanItIsToTake() throws Exception {
    serve();
    for (String payload : List.of("1", "2", "3")) {
      run("publish", "-t", "mails", payload);
    }
    assertThat(run("subscribe", "mailer", "--connect", "--no-ack", "-n", "1")).isZero();
    out.reset();
    assertThat(run("peek", "mails", "-s", "mailer")).isZero();
    assertThat(out().lines().filter(line -> line.contains("\"state\":\"queued\""))).hasSize(2);
  }

  @Test
  void aSubscriberMayConnectInsteadOfListening() throws Exception {
    serve();
    run("publish", "-t", "mails", "x");
    assertThat(run("subscribe", "mailer", "--connect", "-n", "1")).isZero();
    assertThat(out()).contains("\"payload\":\"x\"").hasLineCount(1);
    assertThat(directory.resolve("mailer.socket")).doesNotExist();

    run("publish", "-t", "mails", "y");
    String socket = directory + "/ppmq.socket";
    assertThat(ppmq("subscribe", "mailer", "--workers", "3", "-n", "1", "--socket", socket))
        .isZero();
    assertThat(out()).contains("\"payload\":\"y\"").hasLineCount(2);

    out.reset();
    assertThat(run("peek", "mails", "-s", "mailer")).isZero();
    assertThat(out()).isEmpty();
  }

  @Test
  void aSubscriberWithoutASocketConnects() throws Exception {
    String withoutSocket = CONFIG.replaceFirst("(Name: mailer[^\\n]*)\\n *Socket: [^\\n]*", "$1");
    assertThat(withoutSocket).isNotEqualTo(CONFIG);
    Files.writeString(configFile, withoutSocket.formatted(directory));
    serve();
    run("publish", "-t", "mails", "x");
    assertThat(run("subscribe", "mailer", "-n", "1")).isZero();
    assertThat(out()).contains("\"payload\":\"x\"").hasLineCount(1);
  }

  @Test
  void aSubscriberThatTheBrokerDoesNotKnowIsNotWaitedFor() throws Exception {
    serve();
    String socket = directory + "/ppmq.socket";
    assertThat(ppmq("subscribe", "nobody", "--socket", socket)).isEqualTo(1);
    assertThat(err()).contains("nobody");
  }

  @Test
  void messagesBeyondTheCountAreNotDelivered() throws Exception {
    Files.writeString(
        configFile, "\n  - {Name: once, Subscribers: [audit], MaxDeliveries: 1}\n", APPEND);
    serve();
    for (int i = 0; i < 9; i++) {
      assertThat(run("publish", "-t", "once", "" + i)).isZero();
    }

    for (int i = 0; i < 4; i++) {
      assertThat(run("subscribe", "audit", "--connect", "-n", "2")).isZero();
    }

    assertThat(out().lines()).hasSize(8);
    out.reset();
    assertThat(run("peek", "once")).isZero();
    assertThat(out()).contains("\"state\":\"queued\",\"attempt\":1").contains("\"payload\":\"8\"");
  }

  @Test
  void anUnknownSubscriberIsNamed() {
    assertThat(run("subscribe", "nobody")).isEqualTo(1);
    assertThat(err())
        .isEqualTo(
            "ppmq: "
                + configFile
                + " has no subscriber nobody: 'ppmq names subscribers' lists the broker's"
                + " subscribers\n");
    err.reset();
    assertThat(run("subscribe", "mailr")).isEqualTo(1);
    assertThat(err())
        .isEqualTo("ppmq: " + configFile + " has no subscriber mailr: did you mean mailer?\n");
  }

  @Test
  void whatTheTopicTakesNoNoticeOfIsAWarning() throws Exception {
    Files.writeString(configFile, "\n  - {Name: plain, Subscribers: [mailer]}\n", APPEND);
    serve();

    assertThat(run("publish", "-t", "plain", "-p", "99", "-k", "k", "--expires", "1h", "x"))
        .isZero();
    assertThat(err().lines())
        .containsExactly(
            "ppmq: warning: -p 99 is taken as 0, the lowest that topic plain has",
            "ppmq: warning: -k has no effect: topic plain has no Dedupe",
            "ppmq: warning: --expires has no effect: topic plain has no Expire");
    err.reset();
    assertThat(run("publish", "-t", "mails", "-p", "1", "--expires", "1h", "x")).isZero();
    assertThat(err()).isEmpty();
  }

  @Test
  void anAcknowledgementThatDoesNothingIsAWarning() throws Exception {
    serve();

    assertThat(run("ack", "-t", "mails", "mailer", "none")).isZero();

    assertThat(err())
        .isEqualTo(
            "ppmq: warning: key none is not in flight with subscriber mailer: unless its message"
                + " waits to be sent again, the acknowledgement had no effect\n");
  }

  @Test
  void aMessageIsDeletedByItsKey() throws Exception {
    serve();
    assertThat(run("publish", "-t", "mails", "-k", "unwanted", "x")).isZero();
    String key = keyOf("mails");
    assertThat(run("delete", "mails", key, "--yes")).isZero();
    assertThat(out()).endsWith("mails, " + key + ": deleted\n");
    err.reset();
    assertThat(run("delete", "mails", key, "--yes")).isEqualTo(1);
    assertThat(err()).isEqualTo("ppmq: topic mails has no message with key " + key + "\n");
    assertThat(run("delete", "nowhere", key, "--yes")).isEqualTo(1);
  }

  private String keyOf(String topic) throws Exception {
    out.reset();
    assertThat(run("peek", topic)).isZero();
    String key = JsonTree.parse(out().getBytes(UTF_8)).text("key");
    out.reset();
    return key;
  }

  @Test
  void formatOfTheLogThatDoesNotExistIsRefused() {
    assertThat(run("serve", "--log-format", "yaml")).isEqualTo(2);
    assertThat(err()).isEqualTo("ppmq: --log-format must be text or json, and is yaml\n");
  }

  @Test
  void namesAreThoseOfTheRunningBroker() throws Exception {
    assertThat(run("names", "topics")).isEqualTo(69);
    out.reset();
    serve();
    assertThat(run("names", "topics")).isZero();
    assertThat(out().lines()).contains("mails");
    out.reset();
    assertThat(run("names", "subscribers")).isZero();
    assertThat(out().lines()).contains("mailer");
    assertThat(run("names", "people")).isEqualTo(2);
  }

  @Test
  void healthIsASentenceAndAStatus() throws Exception {
    assertThat(run("health")).isEqualTo(1);
    assertThat(err()).startsWith("ppmq: the broker is not healthy: ").hasLineCount(1);
    serve();
    assertThat(run("health")).isZero();
    assertThat(out()).isEqualTo("the broker works and accepts messages\n");
  }

  @Test
  void checkSaysWhatItFoundAsJson() throws Exception {
    Files.writeString(configFile, "\nPriorites: 3\n", APPEND);
    assertThat(run("check", "--json")).isZero();
    JsonTree fine = JsonTree.parse(out().getBytes(UTF_8));
    assertThat(fine.isTrue("valid")).isTrue();
    assertThat(fine.list("warnings"))
        .anySatisfy(warning -> assertThat(warning.text("reason")).contains("\"Priorites\""));

    out.reset();
    Files.writeString(configFile, "Topics: 3\n");
    assertThat(run("check", "--json")).isEqualTo(78);
    JsonTree wrong = JsonTree.parse(out().getBytes(UTF_8));
    assertThat(wrong.isTrue("valid")).isFalse();
    assertThat(wrong.list("errors")).isNotEmpty();
    assertThat(wrong.list("errors").get(0).count("line")).isEqualTo(1);
    assertThat(err()).isEmpty();
  }

  @Test
  void aTopicThatWasTakenOutAndIsKeptCanBePeekedInto() throws Exception {
    Files.writeString(configFile, "\n  - {Name: old, Subscribers: [mailer]}\n", APPEND);
    serve();
    assertThat(run("publish", "-t", "old", "kept")).isZero();
    Files.writeString(configFile, CONFIG.formatted(directory));
    assertThat(run("reload")).isZero();
    out.reset();

    assertThat(run("peek", "old")).isZero();
    assertThat(out()).contains("\"payload\":\"kept\"");
    assertThat(run("peek", "nowhere")).isEqualTo(1);
    assertThat(err()).contains("ppmq: there is no topic \"nowhere\": 'ppmq stats' ");
  }

  @Test
  void aTopicWithoutSubscribersHasNothingToPeekInto() throws Exception {
    serve();
    assertThat(run("peek", "void")).isEqualTo(1);

    assertThat(err()).isEqualTo("ppmq: topic void has no subscribers: it keeps no messages\n");
  }

  // ---- playing --------------------------------------------------------------------------------

  private void serve() throws Exception {
    broker = RunningBroker.start(ConfigFile.load(configFile), status -> {});
  }

  private int ppmq(String... words) {
    return Ppmq.run(terminal("", Map.of()), words);
  }

  private int run(String... words) {
    return Ppmq.run(terminal("", env()), words);
  }

  private Map<String, String> env() {
    return Map.of(ConfigFile.VARIABLE, configFile.toString());
  }

  private Terminal terminal(String in, Map<String, String> env) {
    return terminal(in.getBytes(UTF_8), env);
  }

  private Terminal terminal(byte[] in, Map<String, String> env) {
    return new Terminal(
        new ByteArrayInputStream(in),
        new PrintStream(out, false, UTF_8),
        new PrintStream(err, true, UTF_8),
        env);
  }

  private String out() {
    return out.toString(UTF_8);
  }

  private String err() {
    return err.toString(UTF_8);
  }
}
