package io.ppmq.cluster.ratis;

import io.ppmq.cluster.ClusterException;
import io.ppmq.cluster.Verification;
import io.ppmq.cluster.ratis.Question.Verb;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.ratis.protocol.RaftPeer;

/**
 * Compares the content of all members after one entry: the leader appends a request to the log,
 * each node computes a digest when it applies the request, and then the leader asks each node for
 * the result.
 */
final class Verifying {
  private static final long PUT_MILLIS = 30_000;
  private static final long DIGEST_MILLIS = 300_000;
  private static final long AGAIN_MILLIS = 3_000;
  private static final long PAUSE_MILLIS = 200;

  private Verifying() {}

  /** Waits for this node's digest after the entry. */
  static String own(Digests digests, long index) throws ClusterException {
    try {
      return digests.at(index).get(DIGEST_MILLIS, TimeUnit.MILLISECONDS);
    } catch (ExecutionException | CancellationException e) {
      throw new ClusterException("no digest: " + e.getMessage(), e);
    } catch (TimeoutException e) {
      throw new ClusterException("the digest takes too long, or the node is behind", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ClusterException("the node stops", e);
    }
  }

  /** The answer of the leader, in the form for {@link #read}. */
  static String all(EntryLog log, Digests digests, List<RaftPeer> peers, NodeClient client)
      throws ClusterException {
    long index = log.put(new byte[] {QueueMachine.DIGEST_ENTRY}, PUT_MILLIS);
    StringBuilder answer = new StringBuilder().append(index);
    for (RaftPeer peer : peers) {
      String node = NodeIdentity.nodeOf(peer.getId().toString());
      String digest = "";
      try {
        digest = node.equals(client.self()) ? own(digests, index) : ask(node, peer, client, index);
      } catch (ClusterException silent) {
        // reported in the answer
      }
      answer.append('\n').append(node).append('\t').append(digest);
    }
    return answer.toString();
  }

  /** Asks a node, repeatedly for a while: it may have come back a moment ago. */
  private static String ask(String node, RaftPeer peer, NodeClient client, long index)
      throws ClusterException {
    Question question = new Question(client.self(), Verb.DIGEST, List.of(String.valueOf(index)));
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(AGAIN_MILLIS);
    while (true) {
      try {
        byte[] answer = client.ask(node, Membership.address(peer), question, DIGEST_MILLIS);
        return Form.read(answer, in -> in.readUTF());
      } catch (ClusterException e) {
        if (System.nanoTime() - end > 0) {
          throw e;
        }
        pause();
      }
    }
  }

  private static void pause() throws ClusterException {
    try {
      Thread.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ClusterException("the node stops", e);
    }
  }

  static Verification read(String answer) {
    String[] lines = answer.split("\n", -1);
    TreeMap<String, String> digests = new TreeMap<>();
    TreeSet<String> silent = new TreeSet<>();
    for (int i = 1; i < lines.length; i++) {
      int tab = lines[i].indexOf('\t');
      String node = lines[i].substring(0, tab);
      String digest = lines[i].substring(tab + 1);
      if (digest.isEmpty()) {
        silent.add(node);
      } else {
        digests.put(node, digest);
      }
    }
    return new Verification(Long.parseLong(lines[0]), digests, silent);
  }
}
