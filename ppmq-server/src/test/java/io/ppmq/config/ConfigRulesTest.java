package io.ppmq.config;

import static io.ppmq.config.Texts.START;
import static io.ppmq.config.Texts.TOPIC;
import static io.ppmq.config.Texts.errors;
import static io.ppmq.config.Texts.load;
import static io.ppmq.config.Texts.topic;
import static io.ppmq.config.Texts.warnings;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigRulesTest {
  @Test
  void whereToListenAndWhereToKeepDataMustBeSaid() {
    assertThat(errors("# nothing yet\nTopics:\n"))
        .containsExactly(
            "ppmq.yaml:2: ServerSocket is missing", "ppmq.yaml:2: DataPath is missing");
    assertThat(errors("ServerSocket:\nDataPath: ~\n"))
        .containsExactly(
            "ppmq.yaml:1: ServerSocket is missing", "ppmq.yaml:1: DataPath is missing");
    assertThat(errors("ServerSocket: ''\nDataPath: \"\"\n"))
        .containsExactly(
            "ppmq.yaml:1: ServerSocket \"\" is empty", "ppmq.yaml:2: DataPath \"\" is empty");
  }

  @Test
  void fileWithoutTopicsLoadsWithAWarning() throws Exception {
    assertThat(warnings(START))
        .containsExactly("ppmq.yaml:1: there are no Topics: every publish is refused");
  }

  @Test
  void topicWithoutSubscribersLoadsWithAWarning() throws Exception {
    assertThat(warnings(START + "Topics:\n- Name: t\n- Name: u\n  Subscribers: []\n"))
        .containsExactly(
            "ppmq.yaml:4: Topics[0] \"t\": has no subscribers: it accepts and drops",
            "ppmq.yaml:6: Topics[1] \"u\": has no subscribers: it accepts and drops");
  }

  @ParameterizedTest
  @CsvSource({"'',1", "AckRetry: 0,1", "AckRetry: 0s,1", "AckRetry: 0h0m,1", "AckRetry: 1s,0"})
  void severalWorkersWithoutAckRetryIsWarnedOf(String ackRetry, int count) throws Exception {
    String several = "Subscribers:\n- {Name: s, Socket: s, Connections: 4}\n";
    String topic = "Topics:\n- Name: t\n  Subscribers: [s]\n  ";

    assertThat(warnings(START + several + topic + ackRetry + "\n"))
        .hasSize(count)
        .allMatch(warning -> warning.contains("has no AckRetry"));
  }

  @Test
  void subscriberThatNoTopicNamesLoadsWithAWarning() throws Exception {
    assertThat(warnings(TOPIC.replace("Topics", "- {Name: b, Socket: b}\nTopics")))
        .containsExactly(
            "ppmq.yaml:6: Subscribers[1] \"b\": no topic names it: nothing is sent to it");
  }

  @Test
  void subscriberWithoutSocketConnectsToTheBrokerUnlessSocketMayBeMisspelt() throws Exception {
    assertThat(warnings(TOPIC.replace("Topics", "- {Name: b}\nTopics")))
        .containsExactly(
            "ppmq.yaml:6: Subscribers[1] \"b\": no topic names it: nothing is sent to it");
    assertThat(errors(TOPIC.replace("Topics", "- {Name: b, socket: b}\nTopics")))
        .containsExactly(
            "ppmq.yaml:6: Subscribers[1] \"b\": Socket is missing, and \"socket\" is unknown: is it"
                + " a misspelt Socket? A subscriber without Socket connects to the broker");
    assertThat(errors(TOPIC.replace("Topics", "- {Name: b, Socket: }\nTopics")))
        .containsExactly(
            "ppmq.yaml:6: Subscribers[1] \"b\": Socket has no value: remove it if the subscriber"
                + " connects to the broker");
    assertThat(warnings(TOPIC.replace("Topics", "- {Name: b, Connections: 2}\nTopics")))
        .anyMatch(warning -> warning.endsWith("Connections has no effect without Socket"));
  }

  @ParameterizedTest
  @CsvSource({
    "dedupe, : did you mean Dedupe?",
    "AckRety, : did you mean AckRetry?",
    "MaxDelivery, : did you mean MaxDeliveries?",
    "Dead, : did you mean DeadLetter?",
    "Priority, : did you mean Priorities?",
    "Subscriber, : did you mean Subscribers?",
    "DataPath, : it belongs in the top of the file",
    "BatchSize, : it belongs in Subscribers[]",
    "Colour, : the nearest that is known here is Name"
  })
  void unknownKeyIsNamedWithTheNearestThatIsKnown(String key, String hint) throws Exception {
    assertThat(warnings(TOPIC + "  " + key + ": 1\n"))
        .containsExactly(
            "ppmq.yaml:10: Topics[0] \"ips\": unknown key \"" + key + "\" has no effect" + hint);
  }

  @Test
  void keyWithoutAValueCountsAsAbsent() throws Exception {
    assertThat(warnings(TOPIC + "  AckRetry:\n  Dedupe: ~\n  Priorities: null\n  Expire:\nSync:\n"))
        .isEmpty();
    assertThat(topic("  AckRetry:\n  Dedupe: ~\n  Priorities: null\n  Expire:\n"))
        .isEqualTo(topic(""));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "300ms, 300",
    "5m, 300000",
    "'\"1.5h\"', 5400000",
    "1h0m1s, 3601000",
    "+2s, 2000"
  })
  void ackRetryIsADurationAsGoWritesIt(String text, long millis) throws Exception {
    assertThat(topic("  AckRetry: " + text).ackRetry()).isEqualTo(Duration.ofMillis(millis));
    assertThat(warnings(TOPIC + "  AckRetry: " + text)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "soon, is not a duration: write it like",
    "1h 30m, is not a duration: write it like",
    "5:00, is not a duration: write it like",
    "1e3, is not a duration: write it like",
    "'\"30\"', lacks a unit: write it like",
    "1.5, lacks a unit: write it like",
    "-1ns, is negative",
    "-1, is negative",
    "9223372036854775808, is too long",
    "3000000h, is too long: at most 2562047h47m16.854775807s",
    "[], 'must be a duration, and is a list'"
  })
  void wrongAckRetryIsAnError(String text, String reason) {
    assertThat(errors(TOPIC + "  AckRetry: " + text))
        .singleElement()
        .asString()
        .startsWith("ppmq.yaml:10: Topics[0] \"ips\": AckRetry ")
        .contains(reason);
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "1, 1", "1024, 1024", "0x10, 16", "1_0, 10", "010, 8"})
  void prioritiesAreCountedAsGoCountsThem(String text, int priorities) throws Exception {
    assertThat(topic("  Priorities: " + text).priorities()).isEqualTo(priorities);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "1025", "2.5", "two", "'2'", "99999999999999999999", "08", "_1"})
  void wrongNumberOfPrioritiesIsAnError(String text) {
    assertThat(errors(TOPIC + "  Priorities: " + text))
        .singleElement()
        .asString()
        .startsWith("ppmq.yaml:10: Topics[0] \"ips\": Priorities ")
        .endsWith(" must be a whole number from 1 to 1024");
  }

  @ParameterizedTest
  @CsvSource({"1048576, 1048576", "1_000, 1000", "64KiB, 65536", "2 MiB, 2097152", "0x400, 1024"})
  void sizeIsANumberOfBytesOrOfBinaryUnits(String text, int bytes) throws Exception {
    assertThat(load(START + "MaxBatchBytes: " + text).config().maxBatchBytes()).isEqualTo(bytes);
  }

  @ParameterizedTest
  @CsvSource({
    "4K, is not a number of bytes",
    "4MB, is not a number of bytes",
    "4mib, is not a number of bytes",
    "1.5MiB, is not a number of bytes",
    "0, must be at least 1",
    "0KiB, must be at least 1",
    "-5, must be at least 1",
    "1GiB, is too large: at most 1073741823 bytes",
    "999999999999999999GiB, is too large",
    "{}, 'must be a number of bytes, and is a mapping'"
  })
  void wrongSizeIsAnError(String text, String reason) {
    for (String key : List.of("MaxMessageBytes", "MaxValueBytes", "MaxBatchBytes")) {
      assertThat(errors(START + key + ": " + text).get(0))
          .startsWith("ppmq.yaml:3: " + key + " ")
          .contains(reason);
    }
  }

  @Test
  void messageMustNotBeAllowedToBeLargerThanTheValueAroundIt() throws Exception {
    assertThat(errors(START + "MaxMessageBytes: 32MiB\n"))
        .containsExactly(
            "ppmq.yaml:3: MaxMessageBytes, 33554432, must not be above MaxValueBytes, 16777216 by"
                + " default");
    assertThat(errors(START + "MaxValueBytes: 1MiB\n"))
        .containsExactly(
            "ppmq.yaml:3: MaxMessageBytes, 4194304 by default, must not be above MaxValueBytes,"
                + " 1048576");
    assertThat(load(START + "MaxValueBytes: 7\nMaxMessageBytes: 7\n").config().maxValueBytes())
        .isEqualTo(7);
  }

  @Test
  void syncIsAlwaysOrNeverOrEverySoOften() throws Exception {
    assertThat(load(START).config().sync()).isEqualTo(Sync.ALWAYS);
    assertThat(load(START + "Sync: always").config().sync()).isEqualTo(Sync.ALWAYS);
    assertThat(load(START + "Sync: never").config().sync()).isEqualTo(Sync.NEVER);
    assertThat(load(START + "Sync: 1s").config().sync())
        .isEqualTo(Sync.every(Duration.ofSeconds(1)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Always", "0", "100", "-1s", "true"})
  void wrongSyncIsAnError(String text) {
    assertThat(errors(START + "Sync: " + text))
        .containsExactly(
            "ppmq.yaml:3: Sync \""
                + text
                + "\" must be always, never or a duration above zero, such as 100ms");
  }

  @Test
  void adminListensBesideTheServerSocketOrInTheDataPath() throws Exception {
    assertThat(load(START).config().admin())
        .isEqualTo(new Address.Unix(Path.of("/run/ppmq.sock.admin")));
    assertThat(load("ServerSocket: tcp://127.0.0.1:1\nDataPath: d\n").config().admin())
        .isEqualTo(new Address.Unix(Path.of("d/admin.socket")));
    assertThat(load(START + "Admin: /run/a").config().admin())
        .isEqualTo(new Address.Unix(Path.of("/run/a")));
    assertThat(load(START + "Admin: http://localhost:80/").config().admin())
        .isEqualTo(new Address.Tcp("localhost", 80));
  }

  @Test
  void adminWithoutAPlaceIsMissingWithAWarning() throws Exception {
    ConfigFile file = load("DataPath: mem\nServerSocket: tcp://127.0.0.1:1\nTopics: [{Name: t}]");
    assertThat(file.config().admin()).isNull();
    assertThat(file.warnings().get(0).toString())
        .startsWith("ppmq.yaml:2: there is no admin interface: set Admin");
  }

  @Test
  void adminSocketLiesInDataPathWhereServerSocketLeavesNoRoomForIt() throws Exception {
    String longest = "/" + "d".repeat(49) + "/" + "x".repeat(56);
    Config config = load("ServerSocket: " + longest + "\nDataPath: /d\nTopics: []").config();
    assertThat(config.serverSocket()).isEqualTo(Address.parse(longest));
    assertThat(config.admin()).isEqualTo(new Address.Unix(Path.of("/d/admin.socket")));
    String atTheLimit = longest.substring(".admin".length());
    assertThat(load("ServerSocket: " + atTheLimit + "\nDataPath: /d\n").config().admin())
        .isEqualTo(new Address.Unix(Path.of(atTheLimit + ".admin")));
  }

  @Test
  void pathsThatLeaveNoRoomForTheAdminSocketAreSaidToDoSo() throws Exception {
    String longest = "/" + "d".repeat(49) + "/" + "x".repeat(56);
    for (String dataPath : List.of("mem", longest.replace("x", "y"))) {
      ConfigFile file = load("ServerSocket: " + longest + "\nDataPath: " + dataPath + "\n");
      assertThat(file.config().admin()).isNull();
      assertThat(file.warnings().get(0).toString())
          .startsWith("ppmq.yaml:1: there is no admin interface: set Admin")
          .endsWith("their paths are too long");
    }
  }

  @Test
  void serverSocketThatIsTooLongIsAnError() {
    assertThat(errors("ServerSocket: /" + "x".repeat(107) + "\nDataPath: mem\n"))
        .singleElement()
        .asString()
        .contains("is too long for a unix socket: 108 bytes, 106 at most are served");
  }

  @Test
  void twoListenersOnOneAddressAreAnErrorWhenOneIsTheBroker() {
    assertThat(errors(START + "Admin: /run/../run/ppmq.sock\n"))
        .containsExactly(
            "ppmq.yaml:3: Admin is the same as ServerSocket: \"/run/../run/ppmq.sock\"");
    assertThat(errors(TOPIC.replace("/run/a.sock", "/run/ppmq.sock.admin")))
        .containsExactly(
            "ppmq.yaml:5: Subscribers[0] \"a\": Socket is the same as the broker's Admin:"
                + " \"/run/ppmq.sock.admin\"");
    assertThat(
            errors("ServerSocket: tcp://localhost:80\nDataPath: mem\nAdmin: http://127.0.0.1:80\n"))
        .containsExactly("ppmq.yaml:3: Admin is the same as ServerSocket: \"tcp://127.0.0.1:80\"");
  }

  @Test
  void socketAtDataPathIsAnError() {
    assertThat(errors("ServerSocket: /run/ppmq\nDataPath: /run/ppmq\n"))
        .containsExactly("ppmq.yaml:2: DataPath is the same as ServerSocket: \"/run/ppmq\"");
  }

  @Test
  void twoSubscribersOnOneSocketAreAWarning() throws Exception {
    assertThat(
            warnings(
                TOPIC
                    .replace("[a]", "[a, b]")
                    .replace("Topics", "- {Name: b, Socket: /run/./a.sock}\nTopics")))
        .containsExactly(
            "ppmq.yaml:6: Subscribers[1] \"b\": Socket is the same as that of subscriber \"a\"");
  }

  @ParameterizedTest
  @CsvSource({
    "'\"\"', is empty",
    "'\"a\\tb\"', holds a control character",
    "'\"a\\x7fb\"', holds a control character",
    "'\"\\ud800\"', cannot be written in UTF-8"
  })
  void nameThatCannotBeOneIsAnError(String name, String reason) {
    assertThat(errors(START + "Topics:\n- Name: " + name))
        .singleElement()
        .asString()
        .startsWith("ppmq.yaml:4: Topics[0]")
        .endsWith(reason);
  }

  @Test
  void nameIsAtMost255BytesLong() throws Exception {
    String longest = "é".repeat(127) + "x";
    assertThat(load(START + "Topics:\n- Name: " + longest).config().topics().get(0).name())
        .isEqualTo(longest);
    assertThat(errors(START + "Topics:\n- Name: " + longest + "x"))
        .singleElement()
        .asString()
        .endsWith("is 256 bytes long, 255 at most are served");
  }

  @Test
  void subscribersThatCannotBeReadDoNotMakeThoseOfTopicsUnknown() {
    assertThat(errors(START + "Subscribers: a\nTopics:\n- Name: t\n  Subscribers: [a]\n"))
        .containsExactly("ppmq.yaml:3: Subscribers must be a list, and is a single value");
  }

  @Test
  void emptyItemInAListIsAnError() {
    assertThat(errors(START + "Subscribers: [~]\nTopics:\n- Name: t\n  Subscribers:\n  -\n"))
        .containsExactly(
            "ppmq.yaml:3: Subscribers[0] must be a mapping, and is empty",
            "ppmq.yaml:7: Topics[0] \"t\": Subscribers must hold names, and one is empty");
  }

  @Test
  void subscriberMayBeDefinedAfterItsTopic() throws Exception {
    assertThat(
            warnings(
                START
                    + "Topics: [{Name: t, Subscribers: [a]}]\nSubscribers: [{Name: a, Socket: s}]"))
        .isEmpty();
  }

  @Test
  void idOfASubscriberMustBeANumber() {
    assertThat(errors(TOPIC.replace("Topics", "  Id: x\n  id: 3\nTopics")))
        .containsExactly("ppmq.yaml:6: Subscribers[0] \"a\": Id \"x\" must be a whole number");
  }

  @Test
  void typeThatIsNotServedIsAnError() {
    assertThat(errors("ServerSocket: !secret x\nDataPath: mem\nTopics: !list [1]\n"))
        .containsExactly(
            "ppmq.yaml:1: ServerSocket must be text, and is of the unknown type \"!secret\"",
            "ppmq.yaml:3: Topics must be a list, and is of the unknown type \"!list\"");
    assertThat(errors(START + "Topics: !!java.util.Date [1]\n"))
        .singleElement()
        .asString()
        .startsWith("ppmq.yaml:3: is not YAML: Global tag is not allowed");
  }
}
