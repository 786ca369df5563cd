package io.ppmq.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class ConfigFileTest {
  @TempDir Path dir;

  @Test
  void smallestFileOfTheGoPackageGetsAllDefaults() throws Exception {
    ConfigFile file = resource("go-minimal.yaml");
    assertThat(file.warnings()).isEmpty();
    assertThat(file.config())
        .isEqualTo(
            new Config(
                Address.parse("/var/run/ppmq/ppmq.sock"),
                Address.parse("/var/run/ppmq/ppmq.sock.admin"),
                new DataPath.Directory(Path.of("/var/lib/ppmq")),
                Sync.ALWAYS,
                4 * 1024 * 1024,
                16 * 1024 * 1024,
                1024 * 1024,
                64 * 1024 * 1024,
                List.of(
                    new SubscriberConfig(
                        "firewall", Address.parse("/var/run/ppmq/firewall.sock"), 50)),
                List.of(
                    new TopicConfig("ips", List.of("firewall"), Duration.ZERO, false, 1, false))));
  }

  /** A shell passes a pipe for {@code -c <(…)}. */
  @Test
  @Timeout(60)
  void fileMayBeAPipe() throws Exception {
    Path pipe = dir.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    String text = "ServerSocket: s\nDataPath: d\nSubscribers: []\nTopics: []\n";
    Thread other = new Thread(() -> write(pipe, text));
    other.start();
    assertThat(ConfigFile.load(pipe).config().serverSocket()).isEqualTo(Address.parse("s"));
    other.join();
  }

  private static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void everyKeyOfTheGoPackageIsServedWithoutAWarning() throws Exception {
    ConfigFile file = resource("go-full.yaml");
    assertThat(file.warnings()).isEmpty();
    assertThat(file.config().serverSocket()).isEqualTo(new Address.Unix(Path.of("run/ppmq.sock")));
    assertThat(file.config().dataPath()).isEqualTo(new DataPath.Directory(Path.of("data")));
    assertThat(file.config().subscribers())
        .containsExactly(
            new SubscriberConfig("firewall", Address.parse("run/firewall.sock"), 100),
            new SubscriberConfig("audit log", Address.parse("run/audit.sock"), 50));
    List<String> both = List.of("firewall", "audit log");
    assertThat(file.config().topics())
        .containsExactly(
            new TopicConfig("ips", both, Duration.ofMinutes(5), true, 3, true),
            new TopicConfig("stats", List.of("audit log"), Duration.ZERO, false, 1, false),
            new TopicConfig("2020", List.of("firewall"), Duration.ofMinutes(90), false, 1, false));
  }

  @Test
  void oldFileOfTheGoPackageLoadsAndWarnsOfWhatHasNoEffect() throws Exception {
    ConfigFile file = resource("go-old.yaml");
    assertThat(file.warnings())
        .extracting(Problem::toString)
        .containsExactly(
            "ppmq.yaml:5: Subscribers[0] \"a\": unknown key \"Batchsize\" has no effect: did you"
                + " mean BatchSize?",
            "ppmq.yaml:9: Topics[0] \"t\": unknown key \"AckRequired\" has no effect: the"
                + " nearest that is known here is AckRetry",
            "ppmq.yaml:10: Topics[0] \"t\": AckRetry \"30\" has no unit and counts as nanoseconds:"
                + " write it like 300ms, 5m or 1h30m");
    assertThat(file.config().subscribers().get(0).batchSize()).isEqualTo(50);
    assertThat(file.config().topics().get(0).ackRetry()).isEqualTo(Duration.ofNanos(30));
  }

  @Test
  void aliasesAndMergedMappingsStandForWhatTheyName() throws Exception {
    ConfigFile file = resource("go-anchors.yaml");
    assertThat(file.warnings()).isEmpty();
    assertThat(file.config().subscribers())
        .extracting(SubscriberConfig::batchSize)
        .containsExactly(1000, 16);
    List<String> both = List.of("a", "b");
    assertThat(file.config().topics())
        .containsExactly(
            new TopicConfig("first", both, Duration.ofMinutes(1), true, 2, false),
            new TopicConfig("second", both, Duration.ofMinutes(1), true, 1, false),
            new TopicConfig("third", both, Duration.ZERO, false, 1, true));
  }

  @Test
  void keysBeyondTheGoPackageAreServed() throws Exception {
    Config config = resource("all-keys.yaml").config();
    assertThat(config.serverSocket()).isEqualTo(new Address.Tcp("127.0.0.1", 7401));
    assertThat(config.admin()).isEqualTo(new Address.Tcp("127.0.0.1", 7402));
    assertThat(config.dataPath()).isEqualTo(DataPath.MEMORY);
    assertThat(config.sync()).isEqualTo(Sync.every(Duration.ofMillis(250)));
    assertThat(config.maxMessageBytes()).isEqualTo(65_536);
    assertThat(config.maxValueBytes()).isEqualTo(1_048_576);
    assertThat(config.maxBatchBytes()).isEqualTo(100_000);
    assertThat(config.subscribers())
        .containsExactly(new SubscriberConfig("near", new Address.Tcp("::1", 7403), 7));
    assertThat(config.topics().get(0).ackRetry()).isEqualTo(Duration.ofMinutes(90));
  }

  @Test
  void allErrorsAreReportedAtOnceEachWithItsLine() throws Exception {
    assertThat(Texts.errors(Texts.resource("many-errors.yaml")))
        .containsExactly(
            "ppmq.yaml:1: ServerSocket \"10.0.0.1\" is not a loopback address: 127.0.0.0/8, ::1 and"
                + " localhost are served; programs on other machines use a relay of a Cluster",
            "ppmq.yaml:2: DataPath must be text, and is a list",
            "ppmq.yaml:3: Sync \"sometimes\" must be always, never or a duration above zero, such"
                + " as 100ms",
            "ppmq.yaml:4: MaxMessageBytes \"4MB\" is not a number of bytes: write it like 65536 or"
                + " 4MiB",
            "ppmq.yaml:5: MaxValueBytes \"2GiB\" is too large: at most 1073741823 bytes",
            "ppmq.yaml:6: MaxBatchBytes \"0\" must be at least 1",
            "ppmq.yaml:7: Admin \"tcp://127.0.0.1:1\" is not an address: write a path or"
                + " http://127.0.0.1:port",
            "ppmq.yaml:11: Subscribers[0] \"a\": BatchSize \"-1\" must be a whole number from 1 to"
                + " 1000000",
            "ppmq.yaml:12: Subscribers[1]: Name is missing",
            "ppmq.yaml:13: Subscribers[2] \"a\": is defined twice, first in line 9",
            "ppmq.yaml:14: Subscribers[2] \"a\": BatchSize \"many\" must be a whole number from 1"
                + " to 1000000",
            "ppmq.yaml:15: Subscribers[3] must be a mapping, and is a single value",
            "ppmq.yaml:18: Topics[0] \"news\": unknown subscriber \"nobody\"",
            "ppmq.yaml:18: Topics[0] \"news\": subscriber \"a\" is listed twice",
            "ppmq.yaml:20: Topics[1] \"ips\": AckRetry \"5 minutes\" is not a duration: write it like"
                + " 300ms, 5m or 1h30m",
            "ppmq.yaml:21: Topics[1] \"ips\": Dedupe \"true\" must be true or false, without"
                + " quotes",
            "ppmq.yaml:22: Topics[1] \"ips\": Priorities \"100000\" must be a whole number from 1"
                + " to 1024",
            "ppmq.yaml:23: Topics[1] \"ips\": Expire \"1\" must be true or false, without quotes",
            "ppmq.yaml:24: Topics[1] \"ips\": Subscribers must be a list, and is a single value",
            "ppmq.yaml:25: Topics[2] \"ips\": is defined twice, first in line 19",
            "ppmq.yaml:26: Topics[2] \"ips\": AckRetry \"-5m\" is negative",
            "ppmq.yaml:28: Topics[2] \"ips\": \"Priorities\" is given twice, first in line" + " 27",
            "ppmq.yaml:30: Topics[2] \"ips\": Subscribers must hold names, and one is a mapping");
  }

  @Test
  void namedFileIsTakenBeforeTheVariableAndTheUsualPlaces() throws Exception {
    Path given = dir.resolve("not-even-there.yaml");
    assertThat(ConfigFile.find(given, Map.of("PPMQ_CONFIG", "/other"))).isEqualTo(given);
  }

  @Test
  void emptyPathOfAFileIsAnError() {
    assertThatThrownBy(() -> ConfigFile.find(Path.of(""), Map.of()))
        .isInstanceOf(InvalidConfig.class)
        .hasMessageContaining("the path of the configuration file is empty");
  }

  @Test
  void variableIsTakenBeforeTheUsualPlaces() throws Exception {
    Path usual = Files.createFile(dir.resolve("ppmq.yaml"));
    assertThat(ConfigFile.find(null, Map.of("PPMQ_CONFIG", "/other"), List.of(usual)))
        .isEqualTo(Path.of("/other"));
    assertThat(ConfigFile.find(null, Map.of("PPMQ_CONFIG", ""), List.of(usual))).isEqualTo(usual);
  }

  @Test
  void firstUsualPlaceWithAFileIsTaken() throws Exception {
    Path missing = dir.resolve("missing.yaml");
    Path second = Files.createFile(dir.resolve("second.yaml"));
    Path third = Files.createFile(dir.resolve("third.yaml"));
    assertThat(ConfigFile.find(null, Map.of(), List.of(missing, second, third))).isEqualTo(second);
  }

  @Test
  void linkThatLeadsNowhereIsNotPassedOver() throws Exception {
    Path link = Files.createSymbolicLink(dir.resolve("link.yaml"), dir.resolve("missing.yaml"));
    Path second = Files.createFile(dir.resolve("second.yaml"));
    assertThat(ConfigFile.find(null, Map.of(), List.of(link, second))).isEqualTo(link);
  }

  @Test
  void fileFoundNowhereIsAnErrorThatSaysWhereItWasLookedFor() {
    List<Path> places = List.of(Path.of("./ppmq.yaml"), Path.of("/nowhere/ppmq.yaml"));
    assertThatThrownBy(() -> ConfigFile.find(null, Map.of(), places))
        .isInstanceOf(InvalidConfig.class)
        .hasMessage(
            "no configuration file: looked for $PPMQ_CONFIG, which is not set, ./ppmq.yaml,"
                + " /nowhere/ppmq.yaml");
  }

  @Test
  void fileThatCannotBeReadIsAnErrorThatNamesIt() throws IOException {
    Path missing = dir.resolve("missing.yaml");
    assertThatThrownBy(() -> ConfigFile.load(missing))
        .isInstanceOf(InvalidConfig.class)
        .hasMessage(missing + ": cannot be read: there is no such file");
    assertThatThrownBy(() -> ConfigFile.load(dir))
        .isInstanceOf(InvalidConfig.class)
        .hasMessageStartingWith(dir + ": cannot be read: ");
  }

  @Test
  void fileIsReadFromDisk() throws Exception {
    Path path = Files.write(dir.resolve("p.yaml"), Texts.resource("go-minimal.yaml"));
    ConfigFile file = ConfigFile.load(path);
    assertThat(file.path()).isEqualTo(path);
    assertThat(file.config()).isEqualTo(resource("go-minimal.yaml").config());
  }

  private static ConfigFile resource(String name) throws IOException, InvalidConfig {
    return ConfigFile.parse(Texts.FILE, Texts.resource(name));
  }

  @Test
  void plainUserHasOneOfTheirOwnBeforeTheMachines() {
    Path own = Path.of("/home/u/.config/ppmq/ppmq.yaml");
    Map<String, String> env = Map.of("HOME", "/home/u");
    assertThat(ConfigFile.places(env, "u"))
        .containsExactly(Path.of("./ppmq.yaml"), own, Path.of("/etc/ppmq/ppmq.yaml"));
    assertThat(ConfigFile.places(Map.of("HOME", "/home/u", "XDG_CONFIG_HOME", "/x"), "u"))
        .contains(Path.of("/x/ppmq/ppmq.yaml"))
        .doesNotContain(own);
    assertThat(ConfigFile.places(env, "root"))
        .containsExactly(Path.of("./ppmq.yaml"), Path.of("/etc/ppmq/ppmq.yaml"));
  }
}
