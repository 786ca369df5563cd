package io.ppmq.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ppmq.broker.request.Answer;
import io.ppmq.broker.request.Command;
import io.ppmq.broker.request.ErrorCode;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.broker.request.Submission;
import io.ppmq.config.Address;
import io.ppmq.config.Config;
import io.ppmq.config.DataPath;
import io.ppmq.config.LimitsConfig;
import io.ppmq.config.SubscriberConfig;
import io.ppmq.config.Sync;
import io.ppmq.config.TopicConfig;
import io.ppmq.wire.Limits;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccessTest {
  /** A user who can open the admin interface can purge a topic, but not act as another user. */
  @Test
  void administratorIsNoneOfTheUsers() {
    Limits limits = new Limits(1 << 10, 1 << 10);
    Submission publish = new Submission(List.of(PUBLISH), 1, Answer.NONE);
    PeerRules rules = new PeerRules(access(List.of("0"), List.of()), limits);
    assertThatThrownBy(() -> rules.checkRights(publish))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("an administrator may not publish to topic \"t\"");
    assertThatCode(() -> new PeerRules(access(List.of(), List.of()), limits).checkRights(publish))
        .doesNotThrowAnyException();
  }

  private static final Command PUBLISH = new Command.Publish("t", List.of());
  private static final Command ACKNOWLEDGE = new Command.Acknowledge("t", "s", List.of());
  private static final Command REDELIVER = new Command.Redeliver("s", null);

  @TempDir Path dir;

  private static Access access(List<String> publishers, List<String> user) {
    SubscriberConfig s =
        new SubscriberConfig("s", Address.parse("/run/s.sock"), 50, false, 1, user, List.of());
    TopicConfig t =
        new TopicConfig(
            "t", List.of("s"), Duration.ZERO, false, 1, false, LimitsConfig.NONE, publishers);
    return new Access(
        new Config(
            Address.parse("/run/mq"),
            null,
            DataPath.MEMORY,
            Sync.ALWAYS,
            1,
            1,
            1,
            0,
            List.of(s),
            List.of(t)));
  }

  /** The answer to a command of the user who runs the test, over a connection to this address. */
  private static String refusal(Access access, SocketAddress address, Command... commands)
      throws Exception {
    boolean unix = address instanceof UnixDomainSocketAddress;
    try (ServerSocketChannel server =
        unix ? ServerSocketChannel.open(StandardProtocolFamily.UNIX) : ServerSocketChannel.open()) {
      server.bind(address);
      try (SocketChannel near = SocketChannel.open(server.getLocalAddress());
          SocketChannel far = server.accept()) {
        assertThat(near.isConnected()).isTrue();
        access.check(List.of(commands), new PeerUser(far));
        return null;
      } catch (RefusedException e) {
        assertThat(e.code()).isEqualTo(ErrorCode.DENIED);
        return e.sentence();
      }
    }
  }

  private String refusal(Access access, Command... commands) throws Exception {
    Path socket = Files.createTempDirectory(dir, "s").resolve("s");
    return refusal(access, UnixDomainSocketAddress.of(socket), commands);
  }

  private String self() throws Exception {
    return Files.getOwner(dir).getName();
  }

  @Test
  void whoIsNamedMay() throws Exception {
    Access access = access(List.of("no-such-user", self()), List.of(self()));
    assertThat(refusal(access, PUBLISH, ACKNOWLEDGE, REDELIVER)).isNull();
  }

  @Test
  void userMayBeNamedByNumber() throws Exception {
    String number = String.valueOf(Files.getAttribute(dir, "unix:uid"));
    Access access = access(List.of(number), List.of("12345678"));
    assertThat(refusal(access, PUBLISH)).isNull();
    assertThat(refusal(access, REDELIVER)).endsWith("its User is 12345678");
  }

  @Test
  void whoIsNotNamedIsToldWhoIsAndForWhat() throws Exception {
    Access access = access(List.of("alice", "carol"), List.of("dave"));
    String self = "user " + self();
    assertThat(refusal(access, PUBLISH))
        .isEqualTo(self + " may not publish to topic \"t\": its Publishers are alice, carol");
    assertThat(refusal(access, ACKNOWLEDGE))
        .isEqualTo(
            self + " may not acknowledge in topic \"t\" as subscriber \"s\": its User is dave");
    assertThat(refusal(access, REDELIVER))
        .isEqualTo(self + " may not send RECONNECT as subscriber \"s\": its User is dave");
    assertThat(refusal(access, new Command.Redeliver("s", "t")))
        .isEqualTo(
            self + " may not send RECONNECT for topic \"t\" as subscriber \"s\": its User is dave");
  }

  @Test
  void oneCommandOfAValueIsEnoughToRefuseIt() throws Exception {
    Access access = access(List.of(self()), List.of("dave"));
    assertThat(refusal(access, PUBLISH, ACKNOWLEDGE)).contains("may not acknowledge");
  }

  @Test
  void withoutARuleEverybodyMay() throws Exception {
    Access access = access(List.of(), List.of());
    assertThat(refusal(access, PUBLISH, ACKNOWLEDGE, REDELIVER)).isNull();
    assertThat(refusal(access(List.of("alice"), List.of()), new Command.Publish("u", List.of())))
        .isNull();
  }

  @Test
  void tcpConnectionIsNobodyToARule() throws Exception {
    SocketAddress tcp = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    assertThat(refusal(access(List.of(self()), List.of()), tcp, PUBLISH))
        .startsWith("a TCP connection has no user, and may not publish to topic \"t\"");
    assertThat(refusal(access(List.of(), List.of()), tcp, PUBLISH)).isNull();
  }
}
