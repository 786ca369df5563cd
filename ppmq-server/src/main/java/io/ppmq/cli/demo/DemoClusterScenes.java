package io.ppmq.cli.demo;

import io.ppmq.cli.output.Failure;
import io.ppmq.cli.output.Format;
import io.ppmq.cli.output.Status;
import io.ppmq.client.OutgoingMessage;
import io.ppmq.client.Publisher;
import io.ppmq.client.Refused;
import io.ppmq.client.Subscriber;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** The scenes on three nodes: they found a cluster, and the leader is killed. */
final class DemoClusterScenes {
  private static final int VALUES = 100;
  private static final int VALUE_MESSAGES = 50;
  private static final int MESSAGES = VALUES * VALUE_MESSAGES;
  private static final Duration CONFIRM_MAX = Duration.ofSeconds(2);
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);
  private static final long AGAIN_MILLIS = 20;

  private final DemoCluster cluster;
  private final DemoStage stage;
  private final Set<String> received = ConcurrentHashMap.newKeySet();
  private String leader = "";
  private long refused;

  DemoClusterScenes(DemoCluster cluster, DemoStage stage) {
    this.cluster = cluster;
    this.stage = stage;
  }

  /** Returns when one of them leads. */
  void found() throws IOException, Failure, InterruptedException {
    stage.scene("Three nodes found a cluster");
    long beginNanos = System.nanoTime();
    cluster.start();
    leader = awaitLeader("a", "");
    stage.say("$ ppmq cluster init      on a");
    stage.say("$ ppmq cluster join      on b and c");
    stage.check(
        DemoCluster.NODES.contains(leader),
        "after " + seconds(beginNanos) + " s node " + leader + " leads");
  }

  /** Kills the leader while messages are published and delivered. */
  void kill() throws Exception {
    stage.scene("kill -9 of the leader while messages are published and delivered");
    List<String> others = DemoCluster.NODES.stream().filter(node -> !node.equals(leader)).toList();
    String beside = others.get(0);
    stage.say(
        "a producer on node "
            + beside
            + " and a worker on node "
            + others.get(1)
            + ", each over the");
    stage.say("socket of its own node");
    Subscriber worker =
        Subscriber.builder("clerk", cluster.socket(others.get(1)))
            .problems((sentence, cause) -> {}) // its connection ends with the leader
            .subscribe(batch -> batch.messages().forEach(one -> received.add(one.payloadText())));
    try {
      publish(beside, 0, VALUES / 2);
      cluster.kill(leader);
      long killedNanos = System.nanoTime();
      publish(beside, VALUES / 2, VALUES / 2 + 1);
      stage.say("kill -9 of node " + leader);
      stage.check(true, "the next confirm came after " + seconds(killedNanos) + " s");
      publish(beside, VALUES / 2 + 1, VALUES);
      stage.say(
          Format.grouped(MESSAGES)
              + " messages confirmed; a value was sent again "
              + refused
              + " times");
      long endNanos = System.nanoTime() + PATIENCE_NANOS;
      while (received.size() < MESSAGES && System.nanoTime() - endNanos < 0) {
        Thread.sleep(AGAIN_MILLIS);
      }
    } finally {
      worker.close();
    }
    stage.check(received.size() == MESSAGES, "every confirmed message was delivered");
    stage.say("node " + awaitLeader(beside, leader) + " leads now");
    cluster.start(leader);
    stage.check(
        isEqual(beside), "node " + leader + " is back, and all three nodes hold the same data");
  }

  /** Publishes each value until it is confirmed. */
  private void publish(String node, int from, int to) throws InterruptedException, Failure {
    for (int value = from; value < to; value++) {
      List<OutgoingMessage> messages =
          IntStream.range(value * VALUE_MESSAGES, (value + 1) * VALUE_MESSAGES)
              .mapToObj(i -> OutgoingMessage.text(Integer.toString(i)))
              .toList();
      long endNanos = System.nanoTime() + PATIENCE_NANOS;
      while (!isConfirmed(node, messages)) {
        refused++;
        if (System.nanoTime() - endNanos > 0) {
          throw new Failure(Status.FAILED, "no node has led for a minute");
        }
        Thread.sleep(AGAIN_MILLIS);
      }
    }
  }

  private boolean isConfirmed(String node, List<OutgoingMessage> messages)
      throws InterruptedException {
    try (Publisher publisher = new Publisher(cluster.socket(node), CONFIRM_MAX, 1)) {
      publisher.publish("orders", messages);
      return true;
    } catch (IOException | Refused e) {
      return false;
    }
  }

  private String awaitLeader(String asked, String notThis)
      throws IOException, Failure, InterruptedException {
    long endNanos = System.nanoTime() + PATIENCE_NANOS;
    String leads = cluster.leader(asked);
    while (!DemoCluster.NODES.contains(leads) || leads.equals(notThis)) {
      if (System.nanoTime() - endNanos > 0) {
        return "";
      }
      Thread.sleep(AGAIN_MILLIS);
      leads = cluster.leader(asked);
    }
    return leads;
  }

  private boolean isEqual(String asked) throws IOException, Failure, InterruptedException {
    long endNanos = System.nanoTime() + PATIENCE_NANOS / 4;
    while (!cluster.isEqual(asked)) {
      if (System.nanoTime() - endNanos > 0) {
        return false;
      }
      Thread.sleep(AGAIN_MILLIS);
    }
    return true;
  }

  private static String seconds(long beginNanos) {
    return String.format(Locale.ROOT, "%.1f", (System.nanoTime() - beginNanos) / 1e9);
  }
}
