package io.ppmq.cluster.ratis;

import io.ppmq.cluster.Destination;
import io.ppmq.cluster.Relays;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.ratis.thirdparty.io.grpc.Status;
import org.apache.ratis.thirdparty.io.grpc.stub.ServerCallStreamObserver;
import org.apache.ratis.thirdparty.io.grpc.stub.StreamObserver;
import org.jspecify.annotations.Nullable;

/** Connects relayed connections from other nodes to their destinations on this one. */
final class RelayServer implements AutoCloseable {
  private static final int FRAMES_AHEAD = 4;
  private static final int OPENERS_MAX = 8;
  private static final long LEADER_POLL_MILLIS = 20;

  /** The time that a connection waits for a broker that begins; then its node keeps it. */
  private static final long LEADER_NANOS_MAX = TimeUnit.SECONDS.toNanos(1);

  private final String self;
  private final Relays relays;
  private final RelayLoop loop;
  private final BooleanSupplier elected;
  private final BooleanSupplier serves;
  private final Set<RelayedConnection> toLeader = ConcurrentHashMap.newKeySet();

  /** All of them, with the names of the node that each is from. */
  private final Map<RelayedConnection, Set<String>> from = new ConcurrentHashMap<>();

  private final ExecutorService openers;

  /**
   * The server of the node {@code self}.
   *
   * @param elected whether it is elected
   * @param serves whether its broker has begun
   */
  RelayServer(
      String self, Relays relays, RelayLoop loop, BooleanSupplier elected, BooleanSupplier serves) {
    this.self = self;
    this.relays = relays;
    this.loop = loop;
    this.elected = elected;
    this.serves = serves;
    this.openers = Executors.newFixedThreadPool(OPENERS_MAX, Threads.named("ppmq-relay-open"));
  }

  /** Ends the connections that were relayed to this node as the leader. Any thread. */
  void cutToLeader(String reason) {
    toLeader.forEach(connection -> connection.cut(reason));
  }

  /**
   * Ends the connections from a node that is down: its workers are gone, and what is out with them
   * goes to others. The transport would notice many seconds later. Any thread.
   */
  void cutFrom(String node) {
    from.forEach(
        (connection, names) -> {
          if (names.contains(node)) {
            connection.cut("the node " + node + " is down");
          }
        });
  }

  /** Begins a stream; {@code out} leads to the other node. */
  StreamObserver<byte[]> begin(ServerCallStreamObserver<byte[]> out) {
    return new Incoming(out);
  }

  @Override
  public void close() {
    openers.shutdownNow();
  }

  private final class Incoming implements StreamObserver<byte[]> {
    private final ServerCallStreamObserver<byte[]> out;
    private final Set<String> speakers = NodeGuard.speakers();
    private boolean asked;
    private volatile @Nullable RelayedConnection connection;
    private volatile boolean ended;

    Incoming(ServerCallStreamObserver<byte[]> out) {
      this.out = out;
      out.disableAutoRequest();
      out.setOnReadyHandler(this::streamReady);
      out.setOnCancelHandler(this::end);
      out.request(1);
    }

    private void streamReady() {
      RelayedConnection to = connection;
      if (to != null) {
        to.streamReady();
      }
    }

    @Override
    public void onNext(byte[] frame) {
      RelayedConnection to = connection;
      if (to != null) {
        to.frame(frame);
      } else if (!asked) {
        asked = true;
        try {
          Destination destination = checked(RelayFrame.destination(frame, self));
          openers.execute(() -> open(destination));
        } catch (SecurityException | IllegalArgumentException e) {
          refuse(String.valueOf(e.getMessage()));
        }
      }
    }

    /** Checks that a node names the user only for connections to that node itself. */
    private Destination checked(Destination destination) {
      if (destination instanceof Destination.Values values) {
        NodeGuard.checkSpeaksAs(values.caller().node());
      } else if (destination instanceof Destination.Admin admin) {
        NodeGuard.checkSpeaksAs(admin.caller().node());
      }
      return destination;
    }

    private void open(Destination destination) {
      try {
        boolean leads = !(destination instanceof Destination.Subscriber);
        if (leads) {
          awaitBroker();
        }
        SocketChannel channel = channel(destination);
        RelayedConnection made =
            new RelayedConnection(loop, channel, out, reason -> finish(reason));
        from.put(made, speakers);
        if (leads) {
          toLeader.add(made);
        }
        out.onNext(RelayFrame.of(RelayFrame.OPENED));
        connection = made;
        made.start();
        out.request(FRAMES_AHEAD);
        if (ended || (leads && !serves.getAsBoolean())) {
          made.cut("this node no longer leads");
        }
      } catch (IOException | IllegalStateException e) {
        refuse(String.valueOf(e.getMessage()));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        refuse("the node stops");
      }
    }

    private SocketChannel channel(Destination destination) throws IOException {
      if (destination instanceof Destination.Values values) {
        return relays.values(values.caller());
      }
      return destination instanceof Destination.Admin admin
          ? relays.admin(admin.caller())
          : relays.subscriber(((Destination.Subscriber) destination).subscriber());
    }

    /** Waits a short time while an elected broker begins. */
    private void awaitBroker() throws IOException, InterruptedException {
      long start = System.nanoTime();
      while (elected.getAsBoolean()
          && !serves.getAsBoolean()
          && !ended
          && System.nanoTime() - start < LEADER_NANOS_MAX) {
        Thread.sleep(LEADER_POLL_MILLIS);
      }
      if (!serves.getAsBoolean()) {
        throw new IOException("the node " + self + " does not lead");
      }
    }

    private void refuse(String reason) {
      if (!ended) {
        out.onError(Status.FAILED_PRECONDITION.withDescription(reason).asRuntimeException());
      }
    }

    private void finish(@Nullable String reason) {
      RelayedConnection made = connection;
      if (made != null) {
        forget(made);
      }
      if (!ended) {
        ended = true;
        if (reason == null) {
          out.onCompleted();
        } else {
          refuseLate(reason);
        }
      }
    }

    private void forget(RelayedConnection made) {
      from.remove(made);
      toLeader.remove(made);
    }

    private void refuseLate(String reason) {
      out.onError(Status.ABORTED.withDescription(reason).asRuntimeException());
    }

    private void end() {
      ended = true;
      RelayedConnection made = connection;
      if (made != null) {
        forget(made);
        made.streamEnded();
      }
    }

    @Override
    public void onError(Throwable gone) {
      end();
    }

    @Override
    public void onCompleted() {
      RelayedConnection made = connection;
      if (made != null) {
        made.streamEnded();
      }
    }
  }
}
