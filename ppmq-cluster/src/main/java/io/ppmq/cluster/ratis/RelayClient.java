package io.ppmq.cluster.ratis;

import io.ppmq.cluster.ChannelPair;
import io.ppmq.cluster.Destination;
import io.ppmq.cluster.NodeAddress;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.ratis.thirdparty.io.grpc.CallOptions;
import org.apache.ratis.thirdparty.io.grpc.StatusRuntimeException;
import org.apache.ratis.thirdparty.io.grpc.stub.ClientCallStreamObserver;
import org.apache.ratis.thirdparty.io.grpc.stub.ClientCalls;
import org.apache.ratis.thirdparty.io.grpc.stub.ClientResponseObserver;
import org.jspecify.annotations.Nullable;

/** Relays connections to other nodes. Any thread. */
final class RelayClient {
  private static final int FRAMES_AHEAD = 4;

  private final NodeClient client;
  private final RelayLoop loop;
  private final Supplier<@Nullable String> leader;
  private final Function<String, @Nullable NodeAddress> addresses;
  private final Map<Outgoing, String> open = new ConcurrentHashMap<>();

  /**
   * A relay that makes its connections with this client.
   *
   * @param leader the current leader
   * @param addresses the address of a node; null if unknown
   */
  RelayClient(
      NodeClient client,
      RelayLoop loop,
      Supplier<@Nullable String> leader,
      Function<String, @Nullable NodeAddress> addresses) {
    this.client = client;
    this.loop = loop;
    this.leader = leader;
    this.addresses = addresses;
  }

  /** See {@link io.ppmq.cluster.Member#connect}. */
  CompletableFuture<SocketChannel> connect(Destination to) {
    CompletableFuture<SocketChannel> connected = new CompletableFuture<>();
    begin(
        to,
        new Ends() {
          @Override
          public SocketChannel channel() throws IOException {
            ChannelPair pair = ChannelPair.open();
            if (!connected.complete(pair.near())) {
              pair.near().close();
              pair.far().close();
              throw new IOException("nobody waits for it any more");
            }
            return pair.far();
          }

          @Override
          public void refused(String reason) {
            connected.completeExceptionally(new IOException(reason));
          }
        });
    return connected;
  }

  /** See {@link io.ppmq.cluster.Member#relay}. */
  void relay(SocketChannel accepted, Destination to, Consumer<String> refused) {
    begin(
        to,
        new Ends() {
          @Override
          public SocketChannel channel() {
            return accepted;
          }

          @Override
          public void refused(String reason) {
            refused.accept(reason);
          }
        });
  }

  /** Ends the connections relayed over a node that is down. Any thread. */
  void cut(String node) {
    open.forEach(
        (outgoing, over) -> {
          if (over.equals(node)) {
            outgoing.cut("the node " + node + " is down");
          }
        });
  }

  /** Ends the connections relayed to any leader but this one. Any thread. */
  void cutToLeadersBut(@Nullable String now) {
    open.forEach(
        (outgoing, over) -> {
          if (outgoing.toLeader && !over.equals(now)) {
            outgoing.cut("the node " + over + " no longer leads");
          }
        });
  }

  private interface Ends {
    /** This machine's end, after the other end is connected. */
    SocketChannel channel() throws IOException;

    void refused(String reason);
  }

  private void begin(Destination to, Ends ends) {
    boolean toLeader = !(to instanceof Destination.Subscriber);
    String node =
        to instanceof Destination.Subscriber subscriber ? subscriber.node() : leader.get();
    NodeAddress address = node == null ? null : addresses.apply(node);
    if (node == null || address == null) {
      ends.refused(node == null ? "no node leads now" : "there is no node " + node);
      return;
    }
    Outgoing outgoing = new Outgoing(node, toLeader, ends);
    open.put(outgoing, node);
    try {
      ClientCalls.asyncBidiStreamingCall(
              client.channel(node, address).newCall(NodeCalls.RELAY, CallOptions.DEFAULT), outgoing)
          .onNext(RelayFrame.of(to));
    } catch (IllegalStateException cutAlready) {
      // its reader sees it as any other end
    }
  }

  private final class Outgoing implements ClientResponseObserver<byte[], byte[]> {
    private final String node;
    private final boolean toLeader;
    private final Ends ends;
    private @Nullable ClientCallStreamObserver<byte[]> out;
    private volatile @Nullable RelayedConnection connection;

    Outgoing(String node, boolean toLeader, Ends ends) {
      this.node = node;
      this.toLeader = toLeader;
      this.ends = ends;
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<byte[]> stream) {
      out = stream;
      stream.disableAutoRequestWithInitial(1);
      stream.setOnReadyHandler(
          () -> {
            RelayedConnection made = connection;
            if (made != null) {
              made.streamReady();
            }
          });
    }

    @Override
    public void onNext(byte[] frame) {
      RelayedConnection made = connection;
      if (made != null) {
        made.frame(frame);
      } else if (frame[0] == RelayFrame.OPENED) {
        opened();
      }
    }

    private void opened() {
      ClientCallStreamObserver<byte[]> stream = out;
      if (stream == null) {
        return;
      }
      try {
        RelayedConnection made =
            new RelayedConnection(loop, ends.channel(), stream, reason -> finish(stream, reason));
        connection = made;
        made.start();
        stream.request(FRAMES_AHEAD);
      } catch (IOException e) {
        stream.cancel("this end is gone", e);
        ended("the connection could not be made: " + e.getMessage());
      }
    }

    private void finish(ClientCallStreamObserver<byte[]> stream, @Nullable String reason) {
      open.remove(this);
      if (reason == null) {
        stream.onCompleted();
      } else {
        stream.cancel(reason, null);
      }
    }

    void cut(String reason) {
      RelayedConnection made = connection;
      ClientCallStreamObserver<byte[]> stream = out;
      if (made != null) {
        made.cut(reason);
      } else if (stream != null) {
        stream.cancel(reason, null);
      }
    }

    private void ended(String reason) {
      open.remove(this);
      RelayedConnection made = connection;
      if (made != null) {
        made.streamEnded();
      } else {
        ends.refused(reason);
      }
    }

    @Override
    public void onError(Throwable failure) {
      ended(
          failure instanceof StatusRuntimeException status
              ? NodeClient.sentence(node, status)
              : String.valueOf(failure.getMessage()));
    }

    @Override
    public void onCompleted() {
      ended("the node " + node + " ended the connection");
    }
  }
}
