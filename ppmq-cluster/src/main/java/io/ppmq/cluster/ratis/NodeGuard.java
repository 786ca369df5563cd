package io.ppmq.cluster.ratis;

import java.security.cert.X509Certificate;
import java.util.Set;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.RaftRpcRequestProto;
import org.apache.ratis.proto.RaftProtos.ReadIndexRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.thirdparty.io.grpc.Context;
import org.apache.ratis.thirdparty.io.grpc.Contexts;
import org.apache.ratis.thirdparty.io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import org.apache.ratis.thirdparty.io.grpc.Grpc;
import org.apache.ratis.thirdparty.io.grpc.Metadata;
import org.apache.ratis.thirdparty.io.grpc.ServerCall;
import org.apache.ratis.thirdparty.io.grpc.ServerCallHandler;
import org.apache.ratis.thirdparty.io.grpc.ServerInterceptor;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.jspecify.annotations.Nullable;

/**
 * Lets each node speak only for itself: the certificate of the connection must have the name of the
 * node that a message claims as its sender. Closes the services of Ratis for clients and
 * administrators, which every holder of a certificate could use.
 */
final class NodeGuard implements ServerInterceptor {
  private static final Context.Key<Set<String>> NAMES = Context.key("names");
  private static final String RAFT = "RaftServerProtocolService";

  /**
   * Checks that the other end of the current call may speak as this node.
   *
   * @throws SecurityException if it may not
   */
  static void checkSpeaksAs(String node) {
    Set<String> names = NAMES.get();
    if (names == null || !names.contains(node)) {
      throw new SecurityException("its certificate is for " + names + " and not for " + node);
    }
  }

  /** The names that the other end of the call under way has in its certificate. */
  static Set<String> speakers() {
    Set<String> names = NAMES.get();
    return names == null ? Set.of() : names;
  }

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    Set<String> names = names(call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION));
    String service = String.valueOf(call.getMethodDescriptor().getServiceName());
    if (service.equals(NodeCalls.SERVICE)) {
      return Contexts.interceptCall(Context.current().withValue(NAMES, names), call, headers, next);
    }
    if (!service.endsWith(RAFT)) {
      return refuse(call, "this service is not offered");
    }
    ServerCall.Listener<Q> listener = next.startCall(call, headers);
    return new SimpleForwardingServerCallListener<>(listener) {
      private boolean refused;

      @Override
      public void onMessage(Q message) {
        String from = requestor(message);
        if (refused || from == null || !names.contains(NodeIdentity.nodeOf(from))) {
          if (!refused) {
            refused = true;
            refuse(call, "the certificate is for " + names + " and not for " + from);
          }
          return;
        }
        super.onMessage(message);
      }

      @Override
      public void onHalfClose() {
        if (!refused) {
          super.onHalfClose();
        }
      }
    };
  }

  private static <Q, A> ServerCall.Listener<Q> refuse(ServerCall<Q, A> call, String reason) {
    call.close(Status.PERMISSION_DENIED.withDescription(reason), new Metadata());
    return new ServerCall.Listener<>() {};
  }

  private static Set<String> names(@Nullable SSLSession session) {
    try {
      return session != null && session.getPeerCertificates()[0] instanceof X509Certificate peer
          ? NodeTls.names(peer)
          : Set.of();
    } catch (SSLPeerUnverifiedException nobody) {
      return Set.of();
    }
  }

  /** The claimed sender of a message of Ratis. */
  private static @Nullable String requestor(Object message) {
    RaftRpcRequestProto request = null;
    if (message instanceof AppendEntriesRequestProto append) {
      request = append.getServerRequest();
    } else if (message instanceof RequestVoteRequestProto vote) {
      request = vote.getServerRequest();
    } else if (message instanceof InstallSnapshotRequestProto install) {
      request = install.getServerRequest();
    } else if (message instanceof StartLeaderElectionRequestProto start) {
      request = start.getServerRequest();
    } else if (message instanceof ReadIndexRequestProto read) {
      request = read.getServerRequest();
    }
    return request == null ? null : request.getRequestorId().toStringUtf8();
  }
}
