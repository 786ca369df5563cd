package io.ppmq.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.ppmq.broker.request.RefusedException;
import io.ppmq.cluster.Caller;
import io.ppmq.cluster.ClusterException;
import io.ppmq.cluster.ClusterStatus;
import io.ppmq.cluster.Destination;
import io.ppmq.cluster.Member;
import io.ppmq.cluster.NodeAddress;
import io.ppmq.config.HostPort;
import io.ppmq.config.InvalidConfig;
import io.ppmq.http.BadRequest;
import io.ppmq.http.Request;
import io.ppmq.http.Response;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The pages that show and change a cluster. Requests about the broker go to the leader if that is
 * another machine.
 */
final class ClusterPages {
  private static final int OK = 200;
  private static final int CONFLICT = 409;
  private static final int UNAVAILABLE = 503;
  private static final long CONNECT_SECONDS_MAX = 10;

  private final Member member;
  private final Reloading reloading;

  ClusterPages(Member member, Reloading reloading) {
    this.member = member;
    this.reloading = reloading;
  }

  /**
   * The answer to a request that may see and change everything; null if the broker of this machine
   * has to answer.
   *
   * @param leads whether this machine has the broker
   */
  @Nullable Response answer(Request request, Query query, boolean leads)
      throws IOException, BadRequest, InvalidConfig, RefusedException {
    String path = request.path();
    if (path.startsWith("/cluster")) {
      return cluster(path, query);
    }
    if (path.equals("/health") && !leads) {
      return standing(member.status().fault(), "the node works");
    }
    if (path.equals("/ready") && !leads) {
      return standing(whyNotReady(), "the leader accepts messages");
    }
    if (leads) {
      return null;
    }
    if (path.equals("/reload")) {
      return new ReloadOfTwo(member.status().node(), member.leader())
          .answer(reloading, () -> leaders(request));
    }
    return leaders(request);
  }

  private static Response standing(@Nullable String fault, String otherwise) {
    return fault == null
        ? BrokerPages.standing(OK, otherwise)
        : BrokerPages.standing(UNAVAILABLE, fault);
  }

  private @Nullable String whyNotReady() {
    ClusterStatus status = member.status();
    String fault = status.fault();
    return fault != null || status.leader() != null ? fault : "no node of the cluster leads now";
  }

  private Response cluster(String path, Query query) throws BadRequest {
    try {
      return BrokerPages.json(
          switch (path) {
            case "/cluster" -> {
              query.allow();
              yield ClusterJson.status(member.status());
            }
            case "/cluster/verify" -> {
              query.allow();
              yield ClusterJson.verification(member.verify());
            }
            default -> {
              change(path.substring("/cluster/".length()), query);
              yield Json.changed(true);
            }
          });
    } catch (ClusterException e) {
      throw new BadRequest(CONFLICT, String.valueOf(e.getMessage()));
    }
  }

  private void change(String what, Query query) throws BadRequest, ClusterException {
    if (what.equals("found") || what.equals("join")) {
      query.allow();
      if (what.equals("found")) {
        member.found();
      } else {
        member.join();
      }
      return;
    }
    query.allow("node", "address");
    String node = query.required("node");
    switch (what) {
      case "add" -> member.add(node, address(query.required("address")));
      case "remove" -> member.remove(node);
      case "replace" -> member.replace(node);
      case "transfer" -> member.transfer(node);
      default -> throw new BadRequest(404, "there is no such page: GET /help lists them");
    }
  }

  private static NodeAddress address(String text) throws BadRequest {
    try {
      HostPort read = HostPort.parse(text);
      return new NodeAddress(read.host(), read.port());
    } catch (IllegalArgumentException e) {
      throw new BadRequest("address " + e.getMessage());
    }
  }

  /** The answer of the leader. */
  private Response leaders(Request request) throws BadRequest {
    String leader = member.leader();
    ClusterStatus status = member.status();
    String fault = status.fault();
    if (fault != null && (leader == null || leader.equals(status.node()))) {
      throw new BadRequest(UNAVAILABLE, fault); // waiting does not help
    }
    if (leader == null) {
      throw new BadRequest(UNAVAILABLE, "no node of the cluster leads now: try again later");
    }
    Caller caller = new Caller(null, status.node());
    CompletableFuture<SocketChannel> connected = member.connect(new Destination.Admin(caller));
    try {
      return read(connected.get(CONNECT_SECONDS_MAX, TimeUnit.SECONDS), request, leader);
    } catch (ExecutionException | TimeoutException e) {
      forget(connected);
      throw new BadRequest(
          UNAVAILABLE,
          "the leader, node " + leader + ", is not reached: " + reason(e) + "; try again later");
    } catch (InterruptedException e) {
      forget(connected);
      Thread.currentThread().interrupt();
      throw new BadRequest(UNAVAILABLE, "this node stops");
    }
  }

  /** Has a connection that comes too late closed. */
  private static void forget(CompletableFuture<SocketChannel> connected) {
    connected.cancel(false);
    CompletableFuture<?> unused =
        connected.whenComplete(
            (channel, failure) -> {
              if (channel != null) {
                closeQuietly(channel);
              }
            });
  }

  private static void closeQuietly(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // of a connection that was made a moment ago
    }
  }

  private static Response read(SocketChannel channel, Request request, String leader)
      throws BadRequest {
    boolean post = request.method().equals("POST");
    String query = request.query() == null ? "" : "?" + request.query();
    String more = post ? "Content-Length: 0\r\n" : "";
    String origin = request.header("origin");
    if (origin != null && request.path().equals("/backup")) {
      more += "Origin: " + origin + "\r\n"; // a page in a browser may do less
    }
    String head =
        request.method()
            + " "
            + request.path()
            + query
            + " HTTP/1.1\r\nHost: localhost\r\n"
            + more
            + "\r\n";
    try {
      return LeadersAnswer.read(channel, head.getBytes(UTF_8));
    } catch (IOException e) {
      String what = post ? "look whether it did what was asked" : "try again later";
      throw new BadRequest(
          UNAVAILABLE, "the leader, node " + leader + ", was lost before it answered: " + what);
    }
  }

  private static String reason(Exception e) {
    Throwable cause = e.getCause();
    return cause == null ? "no answer in time" : String.valueOf(cause.getMessage());
  }
}
