package io.ppmq.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.broker.Broker;
import io.ppmq.broker.port.Clock;
import io.ppmq.broker.stats.Bound;
import io.ppmq.config.Config;
import io.ppmq.store.memory.MemoryStore;
import io.ppmq.wire.Decoder;
import io.ppmq.wire.InputBudget;
import io.ppmq.wire.ValueParser;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A user who takes as much as possible, and another one who is served all the same. */
@Timeout(60)
final class UserSharesTest {
  private static final int FILES_MAX = 200;

  private static final String PUBLISH =
      "{\"Topic\":\"t\",\"Messages\":[{\"Payload\":\"small\"}],\"Confirm\":\"c\"}";

  private static final String CONFIRMED = "{\"confirm\":\"c\"}";

  /** Often enough to keep the turn, and fewer bytes than a value may have. */
  private static final int DRIPS = 20;

  private static final long DRIP_MILLIS = 300;

  private static final Pattern KEY = Pattern.compile("\"Key\":\"([^\"]+)\"");

  @TempDir Path directory;

  private final List<AutoCloseable> open = new ArrayList<>();
  private Config config;
  private Broker broker;
  private ServerSocketChannel accepting;
  private Listener listener;

  @BeforeEach
  void start() throws Exception {
    config =
        SmallConfig.of(
            directory,
            "{Name: t, Subscribers: [a]}, {Name: full, Subscribers: [a], MaxMessages: 1}");
    broker =
        Broker.start(
            Settings.settings(config, 1),
            new MemoryStore(1),
            Clock.system(),
            new SenderLoop(Recipient.of(config)),
            new EventLog(status -> {}));
    ServerSocketChannel unused = listening("s");
    accepting = listening("users");
    listener = new Listener(broker, unused, Settings.limits(config), () -> FILES_MAX);
  }

  @AfterEach
  void stop() throws Exception {
    listener.stopReading();
    broker.stop();
    listener.close(1000);
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  private ServerSocketChannel listening(String name) throws IOException {
    ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    open.add(channel);
    return channel.bind(UnixDomainSocketAddress.of(directory.resolve(name)));
  }

  /** A connection of a user. */
  private final class Line {
    private final SocketChannel channel;
    private final BufferedReader lines;

    Line(String user) throws IOException {
      channel = SocketChannel.open(accepting.getLocalAddress());
      open.add(channel);
      lines = new BufferedReader(Channels.newReader(channel, UTF_8));
      listener.adopt(accepting.accept(), PeerUser.onNode("n", user));
    }

    private String line() {
      try {
        return lines.readLine();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private Line send(String text) throws IOException {
      ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(UTF_8));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      return this;
    }
  }

  private long used(String bound) {
    return used(listener.bounds(), bound);
  }

  private long heldBytes() {
    return used(broker.stats().bounds(), "held_bytes");
  }

  private static long used(List<Bound> bounds, String bound) {
    return bounds.stream().filter(each -> each.name().equals(bound)).mapToLong(Bound::used).sum();
  }

  @Test
  void userWhoseAcknowledgementsAreRefusedLeavesRoomForTheInputOfOthers() throws Exception {
    listener.start(bug -> {});
    List<Line> many = new ArrayList<>();
    for (int i = 0; i < 130; i++) {
      Line line = new Line("ann").send("{\"Topic\":\"x\",\"Subscriber\":\"x\",\"Confirm\":\"c\"}");
      assertThat(line.line()).contains("unknown-topic");
      many.add(line);
    }
    String begin = "{\"Topic\":\"t\",\"Messages\":[{\"Payload\":\"";
    String more = "x".repeat(InputBudget.SMALL_BYTES_MAX);
    Line drips = new Line("ann").send("{}").send(begin + more + more);
    for (Line line : many) {
      line.send(begin + "x".repeat(5000));
    }
    while (used("unfinished_input_bytes") < 4 << 20) {
      TimeUnit.MILLISECONDS.sleep(100);
    }

    Line other = new Line("bob").send(PUBLISH);
    CompletableFuture<String> answer = CompletableFuture.supplyAsync(other::line);
    for (int i = 0; i < DRIPS && !answer.isDone(); i++) {
      drips.send(more);
      TimeUnit.MILLISECONDS.sleep(DRIP_MILLIS);
    }
    assertThat(answer).as("another user is served").isCompletedWithValue(CONFIRMED);
  }

  @Test
  void userWhoseConnectionsAreAllHeldLeavesPlacesToOthers() throws Exception {
    listener.start(bug -> {});
    Line worker = new Line("bob").send("{\"Topic\":\"full\",\"Messages\":[{}],\"Confirm\":\"c\"}");
    assertThat(worker.line()).isEqualTo(CONFIRMED);
    int held = FILES_MAX * 7 / 8 - 1;
    long before = 0;
    for (int i = 0; i < held; i++) {
      new Line("ann").send("{\"Topic\":\"full\",\"Messages\":[{}]}");
      while (heldBytes() == before) {
        TimeUnit.MILLISECONDS.sleep(1);
      }
      before = heldBytes();
    }
    for (int i = held; i < FILES_MAX; i++) {
      assertThat(new Line("ann").line()).as("one beyond the bound is closed").isNull();
    }

    for (int i = 0; i < 5; i++) {
      assertThat(new Line("bob").send(PUBLISH).line()).isEqualTo(CONFIRMED);
    }

    worker.send("{\"Subscriber\":\"a\",\"Command\":\"SUBSCRIBE\",\"Topic\":\"full\"}");
    for (int i = 0; i <= held; i++) {
      Matcher key = KEY.matcher(worker.line());
      assertThat(key.find()).isTrue();
      worker.send(
          "{\"Topic\":\"full\",\"Subscriber\":\"a\",\"Acks\":[\"%s\"]}".formatted(key.group(1)));
    }
    assertThat(broker.isHolding()).as("values of closed connections were carried out").isFalse();
  }

  @Test
  void connectionAcknowledgesOnceAnAcknowledgementWasNotRefused() throws Exception {
    assertThat(acknowledges("{\"Topic\":\"x\",\"Subscriber\":\"x\",\"Acks\":[\"k\"]}")).isFalse();
    assertThat(acknowledges("{\"Topic\":\"t\",\"Subscriber\":\"a\"}")).isFalse();
    assertThat(acknowledges("{\"Topic\":\"t\",\"Subscriber\":\"a\",\"Acks\":[\"k\"]}")).isTrue();
    assertThat(acknowledges("{\"Topic\":\"t\",\"Subscriber\":\"a\",\"Nacks\":[\"k\"]}")).isTrue();
  }

  private boolean acknowledges(String value) throws IOException {
    SocketChannel.open(accepting.getLocalAddress()).close();
    SocketChannel channel = accepting.accept();
    Connection connection = listener.open(channel, PeerUser.onNode("n", "ann"));
    Requests requests = new Requests(listener, connection, channel, PeerUser.onNode("n", "ann"));
    byte[] bytes = value.getBytes(UTF_8);
    new Decoder(new ValueParser(Settings.limits(config)), new InputBudget(), requests)
        .feed(bytes, 0, bytes.length);
    return requests.acknowledges();
  }
}
