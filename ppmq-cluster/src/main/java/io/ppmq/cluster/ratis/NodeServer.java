package io.ppmq.cluster.ratis;

import io.ppmq.cluster.ClusterException;
import java.util.EnumSet;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.grpc.server.GrpcServices;
import org.apache.ratis.thirdparty.io.grpc.ServerServiceDefinition;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.apache.ratis.thirdparty.io.grpc.netty.NettyServerBuilder;
import org.apache.ratis.thirdparty.io.grpc.stub.ServerCallStreamObserver;
import org.apache.ratis.thirdparty.io.grpc.stub.ServerCalls;
import org.apache.ratis.thirdparty.io.grpc.stub.StreamObserver;

/** Answers the calls of other nodes, on the port of Ratis. */
final class NodeServer implements GrpcServices.Customizer {
  /** The actions of the node. Called on threads of the connections, and may block. */
  interface Node {
    NodeReport hello(NodeReport from) throws ClusterException, OlderDiskException;

    String answer(Question question) throws ClusterException;

    void sendCheckpoint(String to, ServerCallStreamObserver<byte[]> out);

    StreamObserver<byte[]> relay(ServerCallStreamObserver<byte[]> out);
  }

  private static final int STREAMS_MAX = 10_000;

  /** The time for TLS and the beginning of HTTP/2, in which a stranger has a connection. */
  private static final long HANDSHAKE_MILLIS_MIN = 5_000;

  private final Node node;
  private final long electionMillis;

  NodeServer(Node node, long electionMillis) {
    this.node = node;
    this.electionMillis = electionMillis;
  }

  @Override
  public NettyServerBuilder customize(
      NettyServerBuilder builder, EnumSet<GrpcServices.Type> types) {
    return builder
        .intercept(new NodeGuard())
        .addService(service())
        .maxConcurrentCallsPerConnection(STREAMS_MAX)
        .handshakeTimeout(Math.max(HANDSHAKE_MILLIS_MIN, 2 * electionMillis), TimeUnit.MILLISECONDS)
        // This notices a node that is gone without a close, and ends its connections.
        .keepAliveTime(electionMillis, TimeUnit.MILLISECONDS)
        .keepAliveTimeout(electionMillis, TimeUnit.MILLISECONDS)
        .permitKeepAliveTime(1, TimeUnit.MILLISECONDS)
        .permitKeepAliveWithoutCalls(true);
  }

  private ServerServiceDefinition service() {
    return ServerServiceDefinition.builder(NodeCalls.SERVICE)
        .addMethod(NodeCalls.HELLO, ServerCalls.asyncUnaryCall(this::hello))
        .addMethod(NodeCalls.ASK, ServerCalls.asyncUnaryCall(this::ask))
        .addMethod(NodeCalls.CHECKPOINT, ServerCalls.asyncServerStreamingCall(this::checkpoint))
        .addMethod(NodeCalls.RELAY, ServerCalls.asyncBidiStreamingCall(this::relay))
        .build();
  }

  private interface Work {
    byte[] carryOut() throws ClusterException, OlderDiskException;
  }

  private static void reply(StreamObserver<byte[]> out, Work work) {
    byte[] answer;
    try {
      answer = work.carryOut();
    } catch (NotLeadingException e) {
      out.onError(NodeCalls.NOT_LEADING.withDescription(e.getMessage()).asRuntimeException());
      return;
    } catch (ClusterException | SecurityException | IllegalArgumentException e) {
      out.onError(Status.FAILED_PRECONDITION.withDescription(e.getMessage()).asRuntimeException());
      return;
    } catch (OlderDiskException e) {
      out.onError(NodeCalls.OLDER_DISK.withDescription(e.getMessage()).asRuntimeException());
      return;
    }
    out.onNext(answer);
    out.onCompleted();
  }

  private void hello(byte[] request, StreamObserver<byte[]> out) {
    reply(
        out,
        () -> {
          NodeReport from = NodeReport.of(request);
          NodeGuard.checkSpeaksAs(from.node());
          return node.hello(from).toBytes();
        });
  }

  private void ask(byte[] request, StreamObserver<byte[]> out) {
    reply(
        out,
        () -> {
          Question question = Question.of(request);
          NodeGuard.checkSpeaksAs(question.from());
          String answer = node.answer(question);
          return Form.write(to -> to.writeUTF(answer));
        });
  }

  private void checkpoint(byte[] request, StreamObserver<byte[]> out) {
    String to = Form.read(request, in -> in.readUTF());
    try {
      NodeGuard.checkSpeaksAs(to);
    } catch (SecurityException e) {
      out.onError(Status.FAILED_PRECONDITION.withDescription(e.getMessage()).asRuntimeException());
      return;
    }
    ServerCallStreamObserver<byte[]> stream = (ServerCallStreamObserver<byte[]>) out;
    stream.setOnCancelHandler(() -> {}); // the sender looks for itself
    // The thread of the call has to be free to hear that the other is ready.
    Threads.start("ppmq-checkpoint", () -> node.sendCheckpoint(to, stream));
  }

  private StreamObserver<byte[]> relay(StreamObserver<byte[]> out) {
    return node.relay((ServerCallStreamObserver<byte[]>) out);
  }
}
