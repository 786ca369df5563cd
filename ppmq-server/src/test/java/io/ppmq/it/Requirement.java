package io.ppmq.it;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * Requirements of tests that not every machine meets. A test without them is skipped, with a reason
 * that begins with "needs"; the build lists these at its end.
 */
public final class Requirement {
  private Requirement() {}

  /** Programs on the PATH. */
  static void programs(String... names) {
    for (String name : names) {
      assumeTrue(isOnPath(name), "needs " + name);
    }
  }

  /** The module for clusters, in the place where the program looks for it. */
  static void clusterModule() {
    Path jars = Path.of(System.getProperty("ppmq.home"), "lib", "cluster");
    assumeTrue(Files.isDirectory(jars), "needs the module ppmq-cluster, built before the program");
  }

  /** A library beside the jars of the program. */
  static void library(String name, String from) {
    file(Path.of(System.getProperty("ppmq.home"), "lib", name), from);
  }

  static void file(Path file, String from) {
    assumeTrue(Files.isRegularFile(file), "needs " + from);
  }

  static boolean isOnPath(String program) {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
  }

  static void root() {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
  }

  /** A loopback network, for addresses such as 127.0.0.1. */
  public static void loopback() {
    assumeTrue(isLoopbackUp(), "needs a loopback network");
  }

  static boolean isLoopbackUp() {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    try (ServerSocket server = new ServerSocket(0, 1, loopback);
        Socket client = new Socket(loopback, server.getLocalPort())) {
      return client.isConnected();
    } catch (IOException e) {
      return false;
    }
  }
}
