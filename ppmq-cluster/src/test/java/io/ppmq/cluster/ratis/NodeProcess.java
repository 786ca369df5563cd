package io.ppmq.cluster.ratis;

import io.ppmq.cluster.NodeAddress;
import io.ppmq.store.SharedCommits;
import io.ppmq.store.Store;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A node in its own process, which carries out the lines of its standard input. */
final class NodeProcess {
  private NodeProcess() {}

  public static void main(String[] args) throws Exception {
    SortedMap<String, NodeAddress> addresses = new TreeMap<>();
    for (int i = 2; i < args.length; i += 2) {
      addresses.put(args[i], new NodeAddress("127.0.0.1", Integer.parseInt(args[i + 1])));
    }
    Node node = new Node(Node.settings(args[0], Path.of(args[1]), addresses));
    node.start();
    System.out.println("started");
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] words = line.split(" ", -1);
      System.out.println(answer(node, words[0], words.length > 1 ? words[1] : ""));
    }
    System.exit(0); // without notice to the others
  }

  private static String answer(Node node, String command, String word) {
    try {
      switch (command) {
        case "found" -> node.member().found();
        case "join" -> node.member().join();
        case "transfer" -> node.member().transfer(word);
        case "commit" -> commit(Objects.requireNonNull(node.store), word);
        case "large" -> {
          int length = Integer.parseInt(word);
          commit(Objects.requireNonNull(node.store), "x".repeat(length));
        }
        case "marks" -> {
          return String.join(" ", Objects.requireNonNull(node.store).marks());
        }
        case "leader" -> {
          return String.valueOf(node.member().leader());
        }
        case "leads" -> {
          return String.valueOf(node.leads());
        }
        case "verify" -> {
          return node.member().verify().digests().toString();
        }
        case "applied" -> {
          return String.valueOf(node.member().status().appliedIndex());
        }
        case "memory" -> {
          return memory();
        }
        default -> throw new IllegalArgumentException(command);
      }
      return "done";
    } catch (Exception e) {
      return "failed: " + e;
    }
  }

  private static String memory() throws IOException {
    try (var lines = java.nio.file.Files.lines(Path.of("/proc/self/status"))) {
      return lines.filter(l -> l.startsWith("VmRSS")).findFirst().orElse("unknown");
    }
  }

  private static void commit(Store store, String word) throws Exception {
    SharedCommits shared = Objects.requireNonNull(store.shared());
    CompletableFuture<Optional<String>> done = new CompletableFuture<>();
    store.mark(word);
    shared.begin(failure -> done.complete(Optional.ofNullable(failure)));
    String failure = done.get(20, TimeUnit.SECONDS).orElse(null);
    if (failure != null) {
      throw new IllegalStateException(failure);
    }
    shared.kept();
  }
}
