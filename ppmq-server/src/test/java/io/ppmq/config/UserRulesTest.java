package io.ppmq.config;

import static io.ppmq.config.Texts.START;
import static io.ppmq.config.Texts.TOPIC;
import static io.ppmq.config.Texts.errors;
import static io.ppmq.config.Texts.load;
import static io.ppmq.config.Texts.topic;
import static io.ppmq.config.Texts.warnings;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The keys with rules about users. */
class UserRulesTest {
  private static String subscriber(String line) {
    return TOPIC.replace("Topics", "  " + line + "\nTopics");
  }

  @Test
  void usersAreOneNameOrAListOfThem() throws Exception {
    assertThat(topic("  Publishers: root").publishers()).containsExactly("root");
    assertThat(topic("  Publishers: [root, 0, root]").publishers()).containsExactly("root", "0");
    assertThat(load(subscriber("User: root")).config().subscribers().get(0).user())
        .containsExactly("root");
    assertThat(load(subscriber("User: [root, 1000]")).config().subscribers().get(0).user())
        .containsExactly("root", "1000");
    assertThat(warnings(TOPIC + "  Publishers: [root, 0]")).isEmpty();
  }

  @Test
  void administratorsWhoAreWhoeverMayPublishAreAWarning() throws Exception {
    assertThat(warnings(TOPIC)).isEmpty();
    assertThat(warnings(TOPIC + "AdminMode: 0600")).isEmpty();
    assertThat(warnings(TOPIC + "AdminMode: 0660\nAdminGroup: daemon")).isEmpty();
    assertThat(warnings(TOPIC + "AdminMode: 0660"))
        .singleElement()
        .asString()
        .contains("makes every user who may publish an administrator")
        .contains("the process's group");
    assertThat(warnings(TOPIC + "AdminMode: 0660\nAdminGroup: daemon\nServerSocketGroup: daemon"))
        .singleElement()
        .asString()
        .contains("group \"daemon\"; set an AdminGroup for the admin socket only");
    String own =
        Files.readAttributes(Path.of("/proc/self"), PosixFileAttributes.class).group().getName();
    assertThat(warnings(TOPIC + "AdminMode: 0660\nServerSocketGroup: " + own))
        .singleElement()
        .asString()
        .contains("group \"" + own + "\"; set an AdminGroup");
    assertThat(warnings(TOPIC + "AdminMode: 666"))
        .singleElement()
        .asString()
        .contains("makes every user an administrator");
  }

  @Test
  void withoutAUserThereIsNoRule() throws Exception {
    Config open = load(TOPIC).config();
    assertThat(open.topics().get(0).publishers()).isEmpty();
    assertThat(open.subscribers().get(0).user()).isEmpty();
    assertThat(open.hasUserRules()).isFalse();
    assertThat(load(TOPIC + "  Publishers: root").config().hasUserRules()).isTrue();
    assertThat(load(subscriber("User: root")).config().hasUserRules()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "~", "# bob"})
  void ruleThatNamesNobodyIsAnErrorAndNotOpenToAll(String nobody) {
    assertThat(errors(TOPIC + "  Publishers: " + nobody + "\n"))
        .singleElement()
        .asString()
        .startsWith("ppmq.yaml:")
        .endsWith("Topics[0] \"ips\": Publishers names no user: leave it out to allow every user");
    assertThat(errors(subscriber("User: " + nobody)))
        .singleElement()
        .asString()
        .endsWith("User names no user: leave it out to allow every user");
  }

  @ParameterizedTest
  @CsvSource({
    "'[\"\"]', ' \"\" is empty'",
    "'[~]', ' must hold names, and one is empty'",
    "{a: b}, ' must be a name or a list of names, and is a mapping'",
    "'[[root]]', ' must hold names, and one is a list'"
  })
  void whatIsNoUserIsAnError(String text, String reason) {
    assertThat(errors(TOPIC + "  Publishers: " + text))
        .containsExactly("ppmq.yaml:10: Topics[0] \"ips\": Publishers" + reason);
  }

  @Test
  void userWhoIsNotOfThisMachineIsAWarning() throws Exception {
    assertThat(warnings(TOPIC + "  Publishers: [root, no-such-user]"))
        .containsExactly(
            "ppmq.yaml:10: Topics[0] \"ips\": Publishers names \"no-such-user\", which is not a user of"
                + " this machine: no process can match");
    assertThat(warnings(subscriber("User: +5")))
        .singleElement()
        .asString()
        .contains("\"+5\", which is not a user");
  }

  @Test
  void ruleThatNobodyCanSatisfyOverTcpIsAWarning() throws Exception {
    String tcp = "ServerSocket: tcp://127.0.0.1:7401";
    String text = subscriber("User: root").replace("ServerSocket: /run/ppmq.sock", tcp);
    assertThat(warnings(text + "  Publishers: root\nServerSocketMode: 0600\n"))
        .containsExactly(
            "ppmq.yaml:1: there is no admin interface: set Admin, because ServerSocket and DataPath"
                + " give it no default",
            "ppmq.yaml:6: Subscribers[0] \"a\": User lets no user acknowledge: a connection to a TCP"
                + " ServerSocket has no user",
            "ppmq.yaml:11: Topics[0] \"ips\": Publishers lets no user publish: a connection to a TCP"
                + " ServerSocket has no user",
            "ppmq.yaml:12: ServerSocketMode has no effect on a TCP ServerSocket");
    assertThat(warnings(subscriber("User: root").replace("/run/a.sock", "tcp://127.0.0.1:7402")))
        .containsExactly(
            "ppmq.yaml:6: Subscribers[0] \"a\": User lets nothing be sent to a TCP Socket, which has"
                + " no owner");
  }

  @ParameterizedTest
  @CsvSource({
    "0660, 0660",
    "660, 0660",
    "'\"0600\"', 0600",
    "'''640''', 0640",
    "0, 0000",
    "0777, 0777",
    "7, 0007"
  })
  void modeIsOctalHoweverItIsWritten(String text, String mode) throws Exception {
    assertThat(load(START + "ServerSocketMode: " + text).config().serverSocketMode())
        .hasToString(mode);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1000", "01777", "0o660", "0x1b0", "rw-rw----", "668", "-660", "6 6"})
  void whatIsNoModeIsAnError(String text) {
    assertThat(errors(START + "ServerSocketMode: " + text))
        .containsExactly(
            "ppmq.yaml:3: ServerSocketMode \""
                + text
                + "\" must be an octal mode from 0 to 0777, such as 0660");
  }

  @Test
  void modeIsThatOfChmod() {
    assertThat(SocketMode.DEFAULT).hasToString("0660");
    assertThat(new SocketMode(0642).permissions())
        .hasToString("[OWNER_READ, OWNER_WRITE, GROUP_READ, OTHERS_WRITE]");
  }

  @Test
  void groupMustBeOneOfThisMachine() throws Exception {
    assertThat(load(START).config().serverSocketGroup()).isNull();
    assertThat(load(START + "ServerSocketGroup: root").config().serverSocketGroup())
        .isEqualTo("root");
    assertThat(errors(START + "ServerSocketGroup: no-such-group"))
        .containsExactly(
            "ppmq.yaml:3: ServerSocketGroup \"no-such-group\" is not a group of this machine");
  }
}
