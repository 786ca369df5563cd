package io.ppmq.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The installable results of the build: the Debian package, the tarball, the units. */
class PackageIT {
  private static final Path TARGET = Path.of(System.getProperty("ppmq.home")).getParent();
  private static final Path PACKAGING = TARGET.resolve("../../packaging").normalize();

  /** The programs that the launcher needs besides Java. */
  private static final List<String> TOOLS =
      List.of("sh", "readlink", "flock", "timeout", "sync", "rm", "mv", "wc");

  private static final Map<String, String> ENVIRONMENT =
      Map.of("PATH", "/usr/bin:/bin", "JAVA_HOME", System.getProperty("java.home"));

  private static final int SKIPPED = 77;

  /** A tag that lintian of Debian 13 does not know; an override with it would be an error there. */
  private static final String ONLY_OF_DEBIAN_12 =
      "package-supports-alternative-init-but-no-init.d-script";

  private static final String ENABLE = "systemctl enable --now ";

  private Path directory;

  @BeforeEach
  void makeDirectory() throws IOException {
    directory = Files.createTempDirectory("ppmq-package");
  }

  @AfterEach
  void removeDirectory() throws IOException {
    List<Path> all;
    try (Stream<Path> files = Files.walk(directory)) {
      all = files.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path file : all) {
      Files.deleteIfExists(file);
    }
  }

  private static Path built(String pattern) throws IOException {
    try (Stream<Path> files = Files.list(TARGET)) {
      List<Path> found =
          files.filter(file -> file.getFileName().toString().matches(pattern)).toList();
      assumeThat(found).as("needs a build that makes " + pattern).hasSize(1);
      return found.get(0);
    }
  }

  /** Runs a command to its end; returns its status, and leaves its output in a file. */
  private int run(Map<String, String> environment, String... command) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    Path said = directory.resolve("said");
    Process process = builder.redirectOutput(Redirect.appendTo(said.toFile())).start();
    process.getOutputStream().close();
    if (!process.waitFor(5, TimeUnit.MINUTES)) {
      process.destroyForcibly();
      throw new AssertionError(List.of(command) + " does not end: " + said());
    }
    return process.exitValue();
  }

  private String said() throws IOException {
    return Files.readString(directory.resolve("said"), StandardCharsets.UTF_8);
  }

  /** The packaged configuration, with all paths in this directory and without a group. */
  private Path configuration(Path packaged) throws IOException {
    Path config = directory.resolve("ppmq.yaml");
    String own =
        Files.readString(packaged)
            .replace("/run/ppmq/", directory + "/")
            .replace("/var/lib/ppmq", directory + "/data")
            .replaceAll("(?m)^Admin(Group|Mode): .*", "");
    return Files.writeString(config, own);
  }

  /** Starts the broker, sends a message through it, and stops it. */
  private void deliverThrough(Path launcher, Path config, Map<String, String> environment)
      throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(launcher.toString(), "serve", "-c", config.toString());
    builder.environment().clear();
    builder.environment().putAll(environment);
    builder.redirectErrorStream(true).redirectOutput(directory.resolve("log").toFile());
    Process broker = builder.start();
    try {
      Path log = directory.resolve("log");
      Await.until("ready", () -> Files.readString(log).contains("ppmq: ready"));
      Path socket = directory.resolve("ppmq.socket");
      try (Peer peer = new Peer(UnixDomainSocketAddress.of(socket));
          SubscriberSocket subscriber =
              new SubscriberSocket(
                  UnixDomainSocketAddress.of(directory.resolve("example.socket")))) {
        peer.publish("example", "hello");
        assertThat(subscriber.next().payloads()).containsExactly("hello");
      }
      broker.destroy();
      assertThat(broker.waitFor()).isZero();
    } finally {
      broker.destroyForcibly().waitFor();
    }
  }

  @Test
  void unpackedDebianPackageServesWithItsOwnConfiguration() throws Exception {
    Requirement.programs("dpkg-deb");
    Path root = directory.resolve("root");
    String deb = built("ppmq_.*\\.deb").toString();
    assertThat(run(Map.of(), "dpkg-deb", "-x", deb, root.toString())).as(said()).isZero();
    Path config = configuration(root.resolve("etc/ppmq/ppmq.yaml"));
    deliverThrough(root.resolve("usr/bin/ppmq"), config, ENVIRONMENT);
    assertThat(root.resolve("usr/lib/systemd/system/ppmq.service")).exists();
    assertThat(root.resolve("usr/share/man/man5/ppmq.yaml.5.gz")).exists();
    assertThat(root.resolve("usr/share/doc/ppmq/html/index.html"))
        .content()
        .contains("First steps");
  }

  @Test
  void unpackedRpmPackageServesWithItsOwnConfiguration() throws Exception {
    Requirement.programs("rpmbuild", "rpm2archive", "tar");
    Path root = Files.createDirectory(directory.resolve("root"));
    unpackRpm("ppmq-[0-9].*\\.rpm", root);
    Path config = configuration(root.resolve("etc/ppmq/ppmq.yaml"));
    deliverThrough(root.resolve("usr/bin/ppmq"), config, ENVIRONMENT);
    assertThat(root.resolve("usr/lib/systemd/system/ppmq.service")).exists();
    assertThat(root.resolve("usr/share/doc/ppmq/html/LICENSE")).exists();
    run(Map.of(), "rpm", "-qp", "--scripts", built("ppmq-[0-9].*\\.rpm").toString());
    assertThat(said()).as("no restart while the versions are mixed").doesNotContain("postinstall ");
  }

  @Test
  void clusterRpmMakesAConfigurationWithClusterWork() throws Exception {
    Requirement.programs("rpmbuild", "rpm2archive", "tar");
    Requirement.clusterModule();
    Path root = Files.createDirectory(directory.resolve("root"));
    unpackRpm("ppmq-[0-9].*\\.rpm", root);
    String program = root.resolve("usr/bin/ppmq").toString();
    Path config = directory.resolve("cluster.yaml");
    Files.writeString(
        config,
        """
        ServerSocket: ppmq.socket
        DataPath: data
        Topics:
          - Name: mails
            Subscribers: []
        Cluster:
          Name: mail
          Node: a
          Nodes: {a: 127.0.0.1:7654}
          Certificate: %1$s
          Key: %1$s
          CA: %1$s
        """
            .formatted(config));
    run(Map.of(), program, "check", "-c", config.toString());
    assertThat(said()).contains("Cluster needs the package ppmq-cluster, which is not installed");

    unpackRpm("ppmq-cluster-.*\\.noarch\\.rpm", root);
    run(Map.of(), program, "check", "-c", config.toString());
    assertThat(said()).contains("cannot read a certificate from " + config);
  }

  private void unpackRpm(String name, Path root) throws Exception {
    Path copy = directory.resolve("package.rpm");
    Files.copy(built(name), copy, StandardCopyOption.REPLACE_EXISTING);
    assertThat(run(Map.of(), "rpm2archive", copy.toString())).as(said()).isZero();
    assertThat(run(Map.of(), "tar", "-xzf", copy + ".tgz", "-C", root.toString())).isZero();
  }

  /** Needs the network for the lower layer of the image: packages of the machine's Debian. */
  @Test
  void imageServesInAContainer() throws Exception {
    Requirement.root();
    Requirement.programs("apt-get", "dpkg-deb", "umoci", "runc");
    Path made = Files.createDirectory(directory.resolve("made"));
    String tarball = built("ppmq-.*-linux-.*\\.tar\\.gz").toString();
    String build = PACKAGING.resolve("oci/build").toString();
    int status = run(Map.of(), build, tarball, made.toString(), "0");
    assumeTrue(!said().contains("cannot download"), "needs the packages of Debian");
    assertThat(status).as(said()).isZero();
    Path image;
    try (Stream<Path> files = Files.list(made)) {
      image = files.filter(file -> file.toString().endsWith(".tar")).findFirst().orElseThrow();
    }
    status = run(Map.of(), PACKAGING.resolve("try-image").toString(), image.toString());
    assumeTrue(status != SKIPPED, "needs containers that run");
    assertThat(status).as(said()).isZero();
    assertThat(said()).contains("from a container");
  }

  /** Checks units as far as possible without a running systemd. */
  @Test
  void unitsThatTheGuideSpeaksOfAreInThePackage() throws Exception {
    Requirement.programs("dpkg-deb", "systemctl");
    Path root = directory.resolve("root");
    String deb = built("ppmq_.*\\.deb").toString();
    assertThat(run(Map.of(), "dpkg-deb", "-x", deb, root.toString())).as(said()).isZero();
    Path units = root.resolve("usr/lib/systemd/system");
    String guide = Files.readString(PACKAGING.resolve("../docs/guide/operating.md"));
    String enabled =
        guide.lines().filter(line -> line.startsWith(ENABLE)).findFirst().orElseThrow();
    List<String> command = new ArrayList<>(List.of("systemctl", "--root=" + root, "enable"));
    command.addAll(List.of(enabled.substring(ENABLE.length()).split(" ")));
    assertThat(run(Map.of(), command.toArray(String[]::new))).as(said()).isZero();
    assertThat(root.resolve("etc/systemd/system/sockets.target.wants/ppmq.socket"))
        .isSymbolicLink();
    assertThat(guide).contains("\nppmq reload ").contains("\njournalctl -u ppmq ");
    assertThat(units.resolve("ppmq.service"))
        .content()
        .contains("\nReadWritePaths=-/var/backups/ppmq\n", "\nRestartPreventExitStatus=2 65 78\n")
        .contains("\nSyslogLevel=warning\n")
        .doesNotContain("\nPrivateNetwork=");
  }

  /** Debian's openjdk-25 no longer provides a package for each older version. */
  @Test
  void debianPackageIsContentWithAnyJavaThatIsNewEnough() throws Exception {
    Requirement.programs("dpkg-deb");
    String deb = built("ppmq_.*\\.deb").toString();
    assertThat(run(Map.of(), "dpkg-deb", "-f", deb, "Depends")).isZero();
    assertThat(said()).contains("openjdk-17-jre-headless |", "| java-runtime-headless (>= 17),");
  }

  @Test
  void lintianHasNothingToSayOfTheDebianPackage() throws Exception {
    Requirement.programs("lintian");
    String deb = built("ppmq_.*\\.deb").toString();
    int status = run(Map.of(), "lintian", "--display-info", "--pedantic", deb);
    assertThat(status).as(said()).isZero();
    assertThat(said().lines())
        .filteredOn(line -> line.matches("[EWIP]: .*"))
        .allMatch(line -> line.contains(ONLY_OF_DEBIAN_12));
  }

  @Test
  void debianPackageIsInstalledStartedRemovedAndPurged() throws Exception {
    Requirement.root();
    Requirement.programs("dpkg", "unshare");
    String deb = built("ppmq_.*\\.deb").toString();
    Path script = TARGET.resolve("../src/test/sh/install-deb").normalize();
    Path copy = Files.createDirectory(directory.resolve("copy"));
    Map<String, String> java = Map.of("JAVA_HOME", System.getProperty("java.home"));
    int status = run(java, script.toString(), deb, copy.toString());
    assumeTrue(status != SKIPPED, "needs overlayfs");
    assertThat(status).as(said()).isZero();
  }

  /** For example procps, with the program kill, is not on every machine. */
  @Test
  void unitStartsOnlyTheShellAndTheProgram() throws Exception {
    assertThat(Files.readAllLines(PACKAGING.resolve("systemd/ppmq.service")))
        .filteredOn(line -> line.startsWith("Exec"))
        .isNotEmpty()
        .allMatch(line -> line.matches("Exec\\w+=(/usr/bin/ppmq|/bin/sh) .*"));
  }

  private Path unpackedTarball() throws Exception {
    String tarball = built("ppmq-.*-linux-.*\\.tar\\.gz").toString();
    assertThat(run(Map.of(), "tar", "-xzf", tarball, "-C", directory.toString())).isZero();
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(Files::isDirectory).findFirst().orElseThrow();
    }
  }

  @Test
  void tarballSaysWhatItIsAndInstallsUnitsThatFit() throws Exception {
    Path home = unpackedTarball();
    assertThat(home.resolve("README.md")).content().contains("install-service");
    assertThat(home.resolve("guide/index.html")).content().contains("First steps");
    try (Stream<Path> files = Files.walk(home.resolve("systemd"))) {
      assertThat(files.filter(Files::isRegularFile).map(file -> file.getFileName().toString()))
          .allMatch(name -> name.startsWith("ppmq."));
    }
    assertThat(home.resolve("systemd/ppmq.service")).content().doesNotContain("/usr/bin/ppmq");
    Path root = directory.resolve("root");
    Map<String, String> below = Map.of("DESTDIR", root.toString());
    assertThat(run(below, home.resolve("install-service").toString())).as(said()).isZero();
    assertThat(root.resolve("etc/systemd/system/ppmq.service"))
        .content()
        .contains("\nExecStart=\"" + home + "/bin/ppmq\" serve -c /etc/ppmq/ppmq.yaml\n");
    assertThat(root.resolve("etc/systemd/system/ppmq.socket")).exists();
    assertThat(root.resolve("etc/ppmq/ppmq.yaml")).exists();
  }

  /** The umask of the user who makes the release does not matter. */
  @Test
  void everyUserMayReadWhatRootUnpacksFromTheTarball() throws Exception {
    String tarball = built("ppmq-.*-linux-.*\\.tar\\.gz").toString();
    assertThat(run(Map.of(), "tar", "-tvzf", tarball)).as(said()).isZero();
    assertThat(said().lines())
        .isNotEmpty()
        .allMatch(line -> line.matches("l.*|.r.(.)r-\\1r-\\1 .*"));
  }

  @Test
  void tarballServesWithoutAnyOtherJava() throws Exception {
    Path home = unpackedTarball();
    Path tools = Files.createDirectory(directory.resolve("tools"));
    for (String tool : TOOLS) {
      Path file = Path.of("/usr/bin", tool);
      if (Files.exists(file)) {
        Files.createSymbolicLink(tools.resolve(tool), file);
      }
    }
    assertThat(tools.resolve("java")).doesNotExist();
    Path config = configuration(home.resolve("ppmq.yaml"));
    deliverThrough(home.resolve("bin/ppmq"), config, Map.of("PATH", tools.toString()));
    assertThat(Files.exists(home.resolve("runtime/bin/java"), LinkOption.NOFOLLOW_LINKS)).isTrue();
  }

  /** The admin interface needs more calls than messages do. */
  @Test
  void brokerWorksUnderTheSystemCallFilterOfItsUnit() throws Exception {
    Requirement.root();
    Requirement.programs("python3", "systemd-analyze");
    String filter = TARGET.resolve("../src/test/sh/under-unit").normalize().toString();
    String unit = PACKAGING.resolve("systemd/ppmq.service").toString();
    assumeTrue(run(Map.of(), filter, unit, "true") != SKIPPED, "needs libseccomp");
    String launcher = System.getProperty("ppmq.home") + "/bin/ppmq";
    Path config = configuration(PACKAGING.resolve("ppmq.yaml"));
    Map<String, String> java = Map.of("JAVA_HOME", System.getProperty("java.home"));
    ProcessBuilder builder =
        new ProcessBuilder(filter, unit, launcher, "serve", "-c", config.toString());
    builder.environment().putAll(java);
    Path log = directory.resolve("log");
    Process broker = builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
    try {
      Await.until("ready", () -> Files.readString(log).contains("ppmq: ready"));
      for (List<String> command :
          List.of(
              List.of("publish", "-t", "example", "hello"),
              List.of("subscribe", "example", "-n", "1"),
              List.of("stats"),
              List.of("reload"),
              List.of("backup", directory.resolve("copy").toString()))) {
        List<String> line = new ArrayList<>(List.of(launcher));
        line.addAll(command);
        line.addAll(List.of("-c", config.toString()));
        assertThat(run(java, line.toArray(String[]::new))).as(said()).isZero();
      }
      broker.destroy();
      assertThat(broker.waitFor()).isZero();
    } finally {
      broker.destroyForcibly().waitFor();
    }
  }

  @Test
  void unitIsHardenedBelowTwo() throws Exception {
    Requirement.programs("systemd-analyze");
    String unit = PACKAGING.resolve("systemd/ppmq.service").toString();
    int status =
        run(Map.of(), "systemd-analyze", "security", "--offline=true", "--threshold=20", unit);
    assumeTrue(!said().contains("unrecognized option"), "needs systemd 250 or newer");
    assertThat(status).as(said()).isZero();
    assertThat(said()).contains("Overall exposure level for ppmq.service");
  }

  @Test
  void packagedConfigurationAndSocketUnitAgree() throws Exception {
    assertThat(Files.readString(PACKAGING.resolve("ppmq.yaml")))
        .contains("ServerSocket: /run/ppmq/ppmq.socket\n", "DataPath: /var/lib/ppmq\n");
    assertThat(Files.readString(PACKAGING.resolve("systemd/ppmq.socket")))
        .contains("ListenStream=/run/ppmq/ppmq.socket\n");
    String launcher = System.getProperty("ppmq.home") + "/bin/ppmq";
    assertThat(Files.readString(PACKAGING.resolve("ppmq.yaml")))
        .contains("\nAdminGroup: ppmq-admin\nAdminMode: 0660\n");
    assertThat(Files.readString(PACKAGING.resolve("systemd/ppmq.sysusers")))
        .contains("\ng ppmq-admin ");
    String config = configuration(PACKAGING.resolve("ppmq.yaml")).toString();
    assertThat(run(Map.of(), launcher, "check", "-c", config)).as(said()).isZero();
  }
}
