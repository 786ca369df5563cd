package io.ppmq.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The rules about users, tried by other users than the broker's. */
class AccessIT {
  private static final OtherUser ALLOWED = new OtherUser("daemon");
  private static final OtherUser REFUSED = new OtherUser("bin");
  private static final String SECRET = "a-secret-payload";
  private static final String PUBLISH =
      "{\"Topic\":\"t\",\"Messages\":[{\"Payload\":\"" + SECRET + "\"}],\"Confirm\":\"c\"}";
  private static final String CONFIRMED = "{\"confirm\":\"c\"}\n";

  private Site site;

  @BeforeEach
  void needsOtherUsers() {
    OtherUser.isNeeded();
  }

  @AfterEach
  void close() throws Exception {
    if (site != null) {
      site.close();
    }
  }

  /** A broker that every user can connect to, and a directory in which every user can listen. */
  private void start(Layout layout) throws Exception {
    site = new Site(Storage.MEMORY, layout);
    Files.setPosixFilePermissions(site.directory(), PosixFilePermissions.fromString("rwx--x--x"));
    Path run = Files.createDirectory(run());
    Files.setPosixFilePermissions(run, PosixFilePermissions.fromString("rwxrwxrwx"));
    site.configure(layout.subscriberAt("t", subscriberSocket().toString()));
    site.start();
  }

  private static Layout open() {
    return new Layout().with("ServerSocketMode: 0666");
  }

  private static Layout forDaemon() {
    return open().topic("t").subscriberWith("t", "User: daemon");
  }

  private Path run() {
    return site.directory().resolve("run");
  }

  private Path subscriberSocket() {
    return run().resolve("t.s");
  }

  private OtherUser.Listening listen(OtherUser user) throws Exception {
    return site.closing(user.listen(subscriberSocket()));
  }

  private void chown(Path file, String user) throws Exception {
    UserPrincipalLookupService lookup = FileSystems.getDefault().getUserPrincipalLookupService();
    Files.setOwner(file, lookup.lookupPrincipalByName(user));
  }

  private static String mode(Path file) throws Exception {
    int mode = (Integer) Files.getAttribute(file, "unix:mode", LinkOption.NOFOLLOW_LINKS);
    return Integer.toOctalString(mode & 07777);
  }

  private static String group(Path file) throws Exception {
    return Files.getAttribute(file, "posix:group").toString();
  }

  // ---- over the broker's socket ---------------------------------------------------------------

  @Test
  void onlyPublishersPublishAndNotEvenRootBesides() throws Exception {
    start(open().topic("t", "Publishers: [daemon, 12345]").topic("free"));
    assertThat(ALLOWED.tell(site.serverSocket(), PUBLISH)).isEqualTo(CONFIRMED);

    String rule = " may not publish to topic \\\"t\\\": its Publishers are daemon, 12345";
    assertThat(REFUSED.tell(site.serverSocket(), PUBLISH))
        .startsWith("{\"confirm\":\"c\",\"error\":\"user bin" + rule)
        .endsWith("\"code\":\"denied\"}\n");
    assertThat(site.peer().ask("{\"Topic\":\"t\",\"Messages\":[{\"Payload\":\"x\"}]"))
        .startsWith("user root" + rule);
    assertThat(REFUSED.tell(site.serverSocket(), PUBLISH.replace("\"t\"", "\"free\"")))
        .isEqualTo(CONFIRMED);

    assertThat(site.broker().said("user bin may not publish to topic \"t\"")).hasSize(1);
    assertThat(site.subscriber(address()).takeAll(1, site.peer())).containsExactly(SECRET);
    assertThat(site.broker().saidToTheEnd(SECRET)).isEmpty();
  }

  private java.net.SocketAddress address() {
    return java.net.UnixDomainSocketAddress.of(subscriberSocket());
  }

  private static Layout bounded(String... options) {
    List<String> all = new java.util.ArrayList<>(List.of("MaxMessages: 1"));
    all.addAll(List.of(options));
    return open().topic("t", all.toArray(new String[0]));
  }

  private void reload(Layout layout) throws Exception {
    site.configure(layout.subscriberAt("t", subscriberSocket().toString()));
    Cli.done(site, "reload");
  }

  /** A message followed by bytes that are not JSON, so that the connection is closed at once. */
  private static String silently(String payload) {
    return "{\"Topic\":\"t\",\"Messages\":[{\"Payload\":\"" + payload + "\"}]}}";
  }

  @Test
  void valueThatIsHeldIsJudgedByTheRulesThatHoldWhenThereIsRoomForIt() throws Exception {
    start(bounded());
    site.peer().publish("t", "fills");
    ALLOWED.tell(site.serverSocket(), silently("allowed"));
    REFUSED.tell(site.serverSocket(), silently("forbidden"));
    reload(bounded("Publishers: [daemon]"));

    site.broker().said("user bin may not publish to topic \"t\"");
    assertThat(site.subscriber(address()).takeAll(2, site.peer()))
        .containsExactly("fills", "allowed");
    assertThat(ALLOWED.tell(site.serverSocket(), PUBLISH)).isEqualTo(CONFIRMED);
    assertThat(site.broker().saidToTheEnd("user daemon may not")).isEmpty();
  }

  @Test
  void refusedValueLeavesTheConnectionOpenAndItsSilenceLimited() throws Exception {
    start(open().topic("t", "Publishers: daemon").topic("free"));
    Peer root = site.peer();
    for (int i = 0; i < 30; i++) {
      assertThat(root.ask("{\"Topic\":\"t\",\"Messages\":[{\"Payload\":\"x\"}]")).isNotEmpty();
    }
    root.publish("free", "y");
    assertThat(site.broker().saidToTheEnd("may not publish")).hasSize(20);
  }

  @Test
  void onlyTheUserOfASubscriberSubscribesAndAReloadEndsWhatItForbids() throws Exception {
    start(open().topic("t"));
    Peer worker = site.peer().subscribe("t");
    reload(forDaemon());
    worker.assertEnded();
    String subscribe = "{\"Subscriber\":\"t\",\"Command\":\"SUBSCRIBE\",\"Confirm\":\"c\"}";
    assertThat(REFUSED.tell(site.serverSocket(), subscribe))
        .contains("user bin may not subscribe as subscriber \\\"t\\\"")
        .endsWith("\"code\":\"denied\"}\n");
    assertThat(ALLOWED.tell(site.serverSocket(), subscribe)).isEqualTo(CONFIRMED);
  }

  @Test
  void onlyTheUserOfASubscriberAcknowledgesAndReconnects() throws Exception {
    start(forDaemon());
    SubscriberSocket socket = site.subscriber(address());
    chown(subscriberSocket(), "daemon"); // like systemd
    site.peer().publish("t", SECRET);
    Push push = socket.next();
    String ack = Peer.acks("t", "t", push.keys()) + ",\"Confirm\":\"c\"}";
    String reconnect = "{\"Subscriber\":\"t\",\"Command\":\"RECONNECT\",\"Confirm\":\"c\"}";

    assertThat(REFUSED.tell(site.serverSocket(), ack))
        .contains(
            "user bin may not acknowledge in topic \\\"t\\\" as subscriber \\\"t\\\": its User is"
                + " daemon");
    for (String command : List.of(reconnect, reconnect.replace("RECON", "CON"))) {
      assertThat(REFUSED.tell(site.serverSocket(), command))
          .contains("user bin may not send RECONNECT as subscriber \\\"t\\\": its User is daemon");
    }
    assertThat(socket.next(Duration.ofMillis(200))).isNull();

    assertThat(ALLOWED.tell(site.serverSocket(), reconnect)).isEqualTo(CONFIRMED);
    assertThat(socket.next().attempts()).containsExactly(2);
    assertThat(ALLOWED.tell(site.serverSocket(), ack)).isEqualTo(CONFIRMED);
    assertThat(ALLOWED.tell(site.serverSocket(), reconnect)).isEqualTo(CONFIRMED);
    assertThat(socket.next(Duration.ofMillis(200))).isNull();
    assertThat(site.broker().saidToTheEnd(push.keys().get(0))).isEmpty();
  }

  @Test
  void tcpConnectionSatisfiesNoRule() throws Exception {
    Requirement.loopback();
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    start(new Layout().serverAt("tcp://127.0.0.1:" + port).topic("t", "Publishers: root"));
    Peer peer = site.peer(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    assertThat(peer.ask("{\"Topic\":\"t\",\"Messages\":[{\"Payload\":\"x\"}]"))
        .startsWith("a TCP connection has no user, and may not publish to topic \\\"t\\\"");
    assertThat(site.broker().said("Publishers lets no user publish")).hasSize(1);
  }

  @Test
  void rulesChangeWithoutARestart() throws Exception {
    start(open().topic("t", "Publishers: bin"));
    assertThat(ALLOWED.tell(site.serverSocket(), PUBLISH)).contains("may not publish");
    site.configure(open().topic("t", "Publishers: daemon").with("ServerSocketGroup: daemon"));
    assertThat(Cli.done(site, "reload"))
        .contains("topic t: Publishers was [bin], is [daemon]")
        .contains("ServerSocketGroup was none, is daemon");
    assertThat(ALLOWED.tell(site.serverSocket(), PUBLISH)).isEqualTo(CONFIRMED);
    assertThat(REFUSED.tell(site.serverSocket(), PUBLISH)).contains("may not publish");
    assertThat(group(site.serverSocket())).isEqualTo("daemon");

    site.configure(new Layout().topic("t"));
    assertThat(Cli.done(site, "reload")).contains("ServerSocketMode was 0666, is 0660");
    assertThat(mode(site.serverSocket())).isEqualTo("660");
    assertThat(group(site.serverSocket())).isEqualTo("root");
    assertThat(REFUSED.tell(site.serverSocket(), PUBLISH)).contains("Permission denied");
    assertThat(site.peer().isConfirmed("{\"Topic\":\"t\",\"Messages\":[{\"Payload\":\"x\"}]"))
        .isTrue();
  }

  // ---- to a subscriber's socket ---------------------------------------------------------------

  @Test
  void socketOfTheWrongOwnerGetsNothingAndTheRightOneEverything() throws Exception {
    start(forDaemon());
    site.peer().publish("t", SECRET);
    site.broker().said("No such file or directory");
    OtherUser.Listening wrong = listen(REFUSED);
    site.broker()
        .said(
            "socket "
                + subscriberSocket()
                + " belongs to user bin, who may not receive topic \"t\" as subscriber \"t\": its User"
                + " is daemon");
    assertThat(wrong.got()).isEmpty();
    wrong.close();
    OtherUser.Listening right = listen(ALLOWED);
    Await.until("the batch", () -> right.got().contains(SECRET));
    assertThat(site.broker().saidToTheEnd("belongs to user bin")).hasSize(1);
    assertThat(site.broker().errors(SECRET)).isEmpty();
  }

  @Test
  void linkToTheSocketOfAnotherGetsNothing() throws Exception {
    start(forDaemon());
    Path elsewhere = run().resolve("elsewhere");
    OtherUser.Listening wrong = site.closing(REFUSED.listen(elsewhere));
    Path link = Files.createSymbolicLink(subscriberSocket(), elsewhere);
    Files.setAttribute(link, "posix:owner", owner("daemon"), LinkOption.NOFOLLOW_LINKS);
    site.peer().publish("t", SECRET);
    site.broker().said("belongs to user bin");
    assertThat(wrong.got()).isEmpty();
  }

  @Test
  void linkThatOthersMayChangeGetsNothingThoughItLeadsToTheRightUser() throws Exception {
    start(forDaemon());
    Path elsewhere = run().resolve("elsewhere");
    OtherUser.Listening right = site.closing(ALLOWED.listen(elsewhere));
    Files.createSymbolicLink(subscriberSocket(), elsewhere);
    site.peer().publish("t", SECRET);
    site.broker().said("is a link that others may change");
    assertThat(right.got()).isEmpty();
  }

  @Test
  void directoryThatEveryUserMayWriteToIsWarnedOf() throws Exception {
    start(forDaemon());
    String warning = "every user may write to directory " + run();
    assertThat(site.broker().said(warning)).hasSize(1);
    assertThat(Command.run(site, "check").errors()).contains(warning);
    Files.setPosixFilePermissions(run(), PosixFilePermissions.fromString("rwxr-xr-x"));
    assertThat(Command.run(site, "check").errors()).doesNotContain(run().toString());
  }

  private static Object owner(String name) throws Exception {
    return FileSystems.getDefault().getUserPrincipalLookupService().lookupPrincipalByName(name);
  }

  @Test
  void listenerBehindTheFileOfAnotherGetsNothing() throws Exception {
    start(forDaemon());
    OtherUser.Listening wrong = listen(REFUSED);
    chown(subscriberSocket(), "daemon");
    site.peer().publish("t", SECRET);
    site.broker()
        .said(
            "on socket "
                + subscriberSocket()
                + " listens user bin, who may not receive topic \"t\" as subscriber \"t\"");
    Await.until("a connection", () -> wrong.got().contains("connected"));
    assertThat(wrong.got()).doesNotContain(SECRET);
  }

  @Test
  void subscriberThatMayNoLongerIsSentNothingMore() throws Exception {
    start(forDaemon());
    OtherUser.Listening daemon = listen(ALLOWED);
    site.peer().publish("t", "before");
    Await.until("the first batch", () -> daemon.got().contains("before"));
    site.configure(
        open()
            .topic("t")
            .subscriberWith("t", "User: bin")
            .subscriberAt("t", subscriberSocket().toString()));
    Cli.done(site, "reload");
    site.peer().publish("t", SECRET);
    site.broker().said("belongs to user daemon, who may not receive topic \"t\"");
    assertThat(daemon.got()).doesNotContain(SECRET);
  }

  // ---- files ----------------------------------------------------------------------------------

  @Test
  void socketHasTheModeAndTheGroupOfTheConfiguration() throws Exception {
    site =
        Site.started(
            Storage.MEMORY,
            new Layout()
                .topic("t")
                .with("ServerSocketMode: 620")
                .with("ServerSocketGroup: daemon")
                .with("AdminGroup: adm"));
    assertThat(mode(site.serverSocket())).isEqualTo("620");
    assertThat(group(site.serverSocket())).isEqualTo("daemon");
    Path admin = site.directory().resolve("mq.admin");
    assertThat(mode(admin)).isEqualTo("600");
    assertThat(group(admin)).isEqualTo("adm");
    site.configure(new Layout().topic("t").with("AdminMode: 0660").with("AdminGroup: daemon"));
    assertThat(Cli.done(site, "reload"))
        .contains("AdminMode was 0600, is 0660")
        .contains("AdminGroup was adm, is daemon");
    assertThat(mode(admin)).isEqualTo("660");
    assertThat(group(admin)).isEqualTo("daemon");
  }

  @Test
  void unknownGroupStopsTheStartWithASentence() throws Exception {
    site = new Site(Storage.MEMORY, new Layout().topic("t").with("ServerSocketGroup: nobodies"));
    BrokerProcess broker = site.launch();
    assertThat(broker.awaitExit(Await.PATIENCE)).isEqualTo(78);
    assertThat(broker.errors("ServerSocketGroup \"nobodies\" is not a group of this machine"))
        .hasSize(1);
  }

  @Test
  void dataIsForTheBrokersUserAlone() throws Exception {
    site = new Site(Storage.DIRECTORY, new Layout().topic("t"));
    BrokerProcess first = site.closing(BrokerProcess.launchWithoutUmask(site.config()));
    first.awaitReady();
    site.peer().publish("t", Stream.of("{\"Payload\":\"x\"}"));
    assertClosed(site.data());
    assertThat(mode(site.serverSocket())).isEqualTo("660");
    first.terminate();

    try (Stream<Path> files = Files.list(site.data())) {
      for (Path file : files.toList()) {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
      }
    }
    BrokerProcess second = site.closing(BrokerProcess.launchWithoutUmask(site.config()));
    second.awaitReady();
    site.peer().publish("t", Stream.of("{\"Payload\":\"y\"}"));
    assertClosed(site.data());
    Path copy = site.directory().resolve("copy");
    Cli.done(site, "backup", copy.toString());
    assertClosed(copy);
  }

  private static void assertClosed(Path directory) throws Exception {
    Map<String, String> modes = new TreeMap<>();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.toList()) {
        String expected = Files.isDirectory(file) ? "700" : "600";
        if (!mode(file).equals(expected)) {
          modes.put(file.toString(), mode(file));
        }
      }
    }
    assertThat(modes).as("open to others").isEmpty();
    assertThat(directory.resolve("CURRENT")).exists();
  }
}
