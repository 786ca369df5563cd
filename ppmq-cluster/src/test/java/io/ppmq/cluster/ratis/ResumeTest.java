package io.ppmq.cluster.ratis;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.cluster.ClusterException;
import io.ppmq.cluster.ClusterSettings;
import io.ppmq.cluster.NodeAddress;
import java.nio.file.Path;
import java.util.SortedMap;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.thirdparty.io.grpc.stub.ServerCallStreamObserver;
import org.apache.ratis.thirdparty.io.grpc.stub.StreamObserver;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A member that starts. */
@Timeout(120)
final class ResumeTest {
  @TempDir Path directory;

  @Test
  void aMemberThatStopsDoesNotTakePartAgain() throws Exception {
    SortedMap<String, NodeAddress> addresses = Node.addresses("a");
    ClusterSettings settings = Node.settings("a", directory, addresses);
    try (Node node = new Node(settings)) {
      node.start();
      node.member().found();
      Node.await("it leads", node::leads);
    }
    RaftNode[] raft = new RaftNode[1];
    Node.await(
        "its port is free",
        () -> {
          raft[0] = tryMake(settings);
          return raft[0] != null;
        });
    raft[0].start();
    assertThat(raft[0].isReturning()).isTrue();

    raft[0].close();
    raft[0].resume(); // an exception would end the process with a stack trace

    assertThat(raft[0].isReturning()).isTrue();
  }

  private static @Nullable RaftNode tryMake(ClusterSettings settings) {
    try {
      return RaftNode.make(
          settings,
          new NodeTls(settings),
          new NodeServer(new Mute(), 700),
          new BaseStateMachine(),
          null);
    } catch (ClusterException portInUse) {
      return null;
    }
  }

  private static final class Mute implements NodeServer.Node {
    @Override
    public NodeReport hello(NodeReport from) {
      throw new IllegalStateException("nobody calls");
    }

    @Override
    public String answer(Question question) {
      throw new IllegalStateException("nobody calls");
    }

    @Override
    public void sendCheckpoint(String to, ServerCallStreamObserver<byte[]> out) {
      throw new IllegalStateException("nobody calls");
    }

    @Override
    public StreamObserver<byte[]> relay(ServerCallStreamObserver<byte[]> out) {
      throw new IllegalStateException("nobody calls");
    }
  }
}
