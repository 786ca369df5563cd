package io.ppmq.admin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.broker.Broker;
import io.ppmq.broker.port.Clock;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.broker.settings.BrokerSettings;
import io.ppmq.broker.settings.SyncPolicy;
import io.ppmq.cluster.ChannelPair;
import io.ppmq.cluster.ClusterException;
import io.ppmq.cluster.ClusterStatus;
import io.ppmq.cluster.Destination;
import io.ppmq.cluster.Member;
import io.ppmq.cluster.NodeAddress;
import io.ppmq.cluster.NodeStatus;
import io.ppmq.cluster.NodeStatus.Standing;
import io.ppmq.cluster.Verification;
import io.ppmq.config.Address;
import io.ppmq.config.InvalidConfig;
import io.ppmq.metrics.Metrics;
import io.ppmq.store.memory.MemoryStore;
import io.ppmq.topic.TopicSettings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The admin interfaces of a leader and of a follower. */
@Timeout(60)
class AdminInClusterTest {
  private static final AdminSettings SETTINGS = new AdminSettings(null, null, false, List::of);

  @TempDir Path directory;

  /** The results of the reloads, in order: first that of the follower's file. */
  private final BlockingQueue<Reloading> answers = new LinkedBlockingQueue<>();

  private final Follower follower = new Follower();
  private Broker broker;
  private Admin leading;
  private Admin following;
  private ServerSocketChannel leadersSocket;
  private ServerSocketChannel followersSocket;

  @BeforeEach
  void start() throws IOException {
    broker =
        Broker.start(
            new BrokerSettings(
                List.of(new TopicSettings("mails", List.of(), 0, false, 1, false)),
                List.of(),
                SyncPolicy.NEVER),
            new MemoryStore(1),
            Clock.system(),
            (subscriber, link) -> {
              throw new IllegalStateException("there is no subscriber");
            },
            new AdminTest.Silence());
    leadersSocket = bind("leader");
    followersSocket = bind("follower");
    leading = open("leader", leadersSocket, null);
    leading.serve(broker);
    following = open("follower", followersSocket, follower);
  }

  private ServerSocketChannel bind(String name) throws IOException {
    return ServerSocketChannel.open(StandardProtocolFamily.UNIX)
        .bind(UnixDomainSocketAddress.of(directory.resolve(name)));
  }

  private Admin open(String name, ServerSocketChannel socket, @Nullable Member member)
      throws IOException {
    Metrics metrics =
        new Metrics(
            () -> member == null ? broker : null,
            member == null ? null : member::status,
            List::of,
            Clock.system(),
            Version.current(),
            null);
    return Admin.open(
        new Address.Unix(directory.resolve(name)),
        socket,
        this::reload,
        Clock.system(),
        metrics,
        member,
        SETTINGS);
  }

  private List<String> reload() throws InvalidConfig, RefusedException {
    return answers.remove().reload();
  }

  @AfterEach
  void stop() throws Exception {
    following.close();
    leading.close();
    followersSocket.close();
    leadersSocket.close();
    broker.stop();
  }

  private String ask(String method, String path) throws IOException {
    try (SocketChannel channel =
        SocketChannel.open(UnixDomainSocketAddress.of(directory.resolve("follower")))) {
      channel.write(ByteBuffer.wrap((method + " " + path + " HTTP/1.0\r\n\r\n").getBytes(UTF_8)));
      ByteArrayOutputStream answer = new ByteArrayOutputStream();
      ByteBuffer chunk = ByteBuffer.allocate(4096);
      while (channel.read(chunk.clear()) >= 0) {
        answer.write(chunk.array(), 0, chunk.position());
      }
      return answer.toString(UTF_8);
    }
  }

  @Test
  void whatIsAboutTheBrokerIsAskedOfTheLeader() throws Exception {
    assertThat(ask("GET", "/stats")).startsWith("HTTP/1.1 200").contains("\"topic\":\"mails\"");
    assertThat(ask("POST", "/pause?topic=mails")).contains("{\"changed\":true}");
    assertThat(broker.stats().pauses()).isNotEmpty();
    assertThat(ask("GET", "/peek?topic=nowhere&subscriber=s"))
        .startsWith("HTTP/1.1 404")
        .contains("nowhere");
  }

  @Test
  void withoutALeaderThatIsSaid() throws Exception {
    follower.leader = null;
    assertThat(ask("GET", "/stats"))
        .startsWith("HTTP/1.1 503")
        .contains("no node of the cluster leads now: try again later");
    assertThat(ask("GET", "/ready")).startsWith("HTTP/1.1 503").contains("no node");
    assertThat(ask("GET", "/health")).startsWith("HTTP/1.1 200");
    follower.leader = "a";
    assertThat(ask("GET", "/ready")).startsWith("HTTP/1.1 200");
  }

  @Test
  void leaderThatIsLostBeforeItsAnswerIsNamed() throws Exception {
    follower.losesLeader = true;
    assertThat(ask("GET", "/stats"))
        .startsWith("HTTP/1.1 503")
        .contains("the leader, node a, was lost before it answered: try again later");
    assertThat(ask("POST", "/purge?topic=mails"))
        .startsWith("HTTP/1.1 503")
        .contains("the leader, node a, was lost before it answered: look whether it did what was");
    answers.add(() -> List.of("topic t is new"));
    assertThat(ask("POST", "/reload"))
        .startsWith("HTTP/1.1 503")
        .contains("the leader, node a, was lost", "node b reloaded: topic t is new\n");
  }

  @Test
  void whyThisNodeDoesNotLeadIsSaidWhereNoOtherDoes() throws Exception {
    follower.fault = "the node b is in no cluster";
    follower.leader = "b";
    assertThat(ask("GET", "/stats"))
        .startsWith("HTTP/1.1 503")
        .contains("the node b is in no cluster");
    follower.leader = null;
    assertThat(ask("GET", "/stats")).contains("the node b is in no cluster");
    assertThat(ask("GET", "/ready")).startsWith("HTTP/1.1 503").contains("is in no cluster");
    follower.leader = "a";
    assertThat(ask("GET", "/stats")).startsWith("HTTP/1.1 200");
  }

  @Test
  void statusAndMetricsAreThoseOfTheNodeThatIsAsked() throws Exception {
    assertThat(ask("GET", "/cluster"))
        .contains("{\"cluster\":\"c\",\"node\":\"b\",\"leader\":\"a\",\"term\":7,")
        .contains(
            "{\"node\":\"a\",\"address\":\"127.0.0.1:1\",\"standing\":\"leader\",\"up\":true,"
                + "\"applied\":12,\"lag\":0,\"freeBytes\":null,\"version\":null,"
                + "\"clockSkewMillis\":-20,\"configDiffers\":false}")
        .contains("{\"node\":\"c\"", "\"clockSkewMillis\":null");
    assertThat(ask("GET", "/metrics"))
        .contains("ppmq_cluster_leader 0\n", "ppmq_cluster_term 7\n")
        .contains("ppmq_cluster_peer_up{node=\"a\"} 1\n")
        .contains("ppmq_cluster_clock_skew_seconds{node=\"a\"} -0.02\n")
        .doesNotContain("ppmq_cluster_clock_skew_seconds{node=\"b\"}") // its own
        .doesNotContain("ppmq_cluster_clock_skew_seconds{node=\"c\"}")
        .doesNotContain("ppmq_topic", "ppmq_cluster_free_bytes{");
  }

  @Test
  void everyMetricOfTheAlertsIsThere() throws Exception {
    String page = ask("GET", "/metrics");
    Path alerts = Path.of("..", "contrib", "prometheus", "ppmq-cluster.rules.yml");
    List<String> named =
        Pattern.compile("ppmq_[a-z_]+")
            .matcher(Files.readString(alerts))
            .results()
            .map(MatchResult::group)
            .toList();
    assertThat(named)
        .hasSizeGreaterThan(7)
        .allSatisfy(metric -> assertThat(page).contains("# TYPE " + metric + " "));
  }

  @Test
  void reloadReadsTheFileOfTheNodeThatIsAskedAndOfTheLeader() throws Exception {
    answers.addAll(List.of(() -> List.of("topic t is new"), List::of));
    assertThat(ask("POST", "/reload"))
        .contains(
            "{\"changes\":[\"node b: topic t is new\",\"the leader (node a): nothing has changed\"]}");
    answers.addAll(List.of(List::of, List::of));
    assertThat(ask("POST", "/reload")).contains("{\"changes\":[]}");
  }

  @Test
  void whatTheLeaderRefusesToReloadIsSaidWithWhatThisNodeChanged() throws Exception {
    answers.addAll(List.of(() -> List.of("topic t is new"), () -> invalid("leaders.yaml")));
    assertThat(ask("POST", "/reload"))
        .startsWith("HTTP/1.1 422")
        .contains("the leader (node a) did not reload:\nleaders.yaml: it is wrong\n")
        .contains("node b reloaded: topic t is new\n");

    follower.leader = null;
    answers.add(() -> List.of("topic t is new"));
    assertThat(ask("POST", "/reload"))
        .startsWith("HTTP/1.1 503")
        .contains("no node of the cluster leads now", "node b reloaded: topic t is new\n");
  }

  @Test
  void whatThisNodeRefusesToReloadIsSaidAndTheLeaderNotAsked() throws Exception {
    answers.add(() -> invalid("own.yaml"));
    assertThat(ask("POST", "/reload"))
        .startsWith("HTTP/1.1 422")
        .contains("own.yaml: it is wrong\n")
        .contains("node b did not reload; the leader (node a) was not asked\n");
    assertThat(answers).isEmpty();
  }

  private static List<String> invalid(String file) throws InvalidConfig {
    throw InvalidConfig.because(Path.of(file), List.of("it is wrong"));
  }

  @Test
  void clusterIsChangedByTheNodeThatIsAsked() throws Exception {
    assertThat(ask("POST", "/cluster/found")).startsWith("HTTP/1.1 200");
    assertThat(ask("POST", "/cluster/add?node=d&address=%5B::1%5D:7654")).contains("true");
    assertThat(ask("POST", "/cluster/transfer?node=nobody"))
        .startsWith("HTTP/1.1 409")
        .contains("there is no node nobody");
    assertThat(ask("POST", "/cluster/add?node=d&address=here"))
        .startsWith("HTTP/1.1 400")
        .contains("\"here\" is not an address of a node");
    assertThat(ask("POST", "/cluster/verify"))
        .contains(
            "{\"equal\":false,\"agree\":false,\"index\":12,\"digests\":{\"a\":\"x\",\"b\":\"y\"},\"silent\":[]}");
    assertThat(ask("GET", "/cluster/found")).startsWith("HTTP/1.1 405");
    assertThat(follower.done).containsExactly("found", "add d [::1]:7654", "verify");
  }

  /** Node b, a follower of a. */
  private final class Follower implements Member {
    private final List<String> done = new CopyOnWriteArrayList<>();
    private volatile @Nullable String leader = "a";
    private volatile @Nullable String fault;
    private volatile boolean losesLeader;

    @Override
    public ClusterStatus status() {
      NodeStatus node =
          new NodeStatus("a", "127.0.0.1:1", Standing.LEADER, true, 12, 0, -1, null, -20L, false);
      NodeStatus own =
          new NodeStatus("b", "127.0.0.1:2", Standing.FOLLOWER, true, 12, 0, -1, null, 0L, false);
      NodeStatus gone =
          new NodeStatus("c", "", Standing.UNKNOWN, false, -1, -1, -1, null, null, false);
      return new ClusterStatus(
          "c", "b", leader, 7, 12, 12, List.of(node, own, gone), 3, 0, 1, 100, 0, false, fault);
    }

    @Override
    public @Nullable String leader() {
      return leader;
    }

    @Override
    public void leaveFree(long minFreeBytes) {}

    @Override
    public void configured(String digest) {}

    @Override
    public void found() {
      done.add("found");
    }

    @Override
    public void join() {
      done.add("join");
    }

    @Override
    public void add(String node, NodeAddress address) {
      done.add("add " + node + " " + address);
    }

    @Override
    public void remove(String node) {
      done.add("remove " + node);
    }

    @Override
    public void replace(String node) {
      done.add("replace " + node);
    }

    @Override
    public void transfer(String node) throws ClusterException {
      throw new ClusterException("there is no node " + node);
    }

    @Override
    public Verification verify() {
      done.add("verify");
      return new Verification(12, new TreeMap<>(Map.of("a", "x", "b", "y")), new TreeSet<>());
    }

    @Override
    public CompletableFuture<SocketChannel> connect(Destination to) {
      assertThat(to).isInstanceOf(Destination.Admin.class);
      try {
        ChannelPair pair = ChannelPair.open();
        if (losesLeader) {
          pair.far().close();
        } else {
          leading.adopt(pair.far());
        }
        return CompletableFuture.completedFuture(pair.near());
      } catch (IOException e) {
        return CompletableFuture.failedFuture(e);
      }
    }

    @Override
    public void relay(SocketChannel accepted, Destination to, Consumer<String> refused) {
      throw new IllegalStateException("nobody connects");
    }

    @Override
    public void close() {}
  }
}
