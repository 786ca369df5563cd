package io.ppmq.admin;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The JDK's HTTP server on a loopback port that the kernel picks. Any user of the machine can
 * connect to such a port, so only connections that were made by {@link #connect} are served, and
 * all others get 403. {@link #connect} and {@link #release} are for one thread.
 */
final class LocalHttp {
  private static final int THREADS_MAX = 4;
  private static final int THREAD_SECONDS = 5;
  private static final int STACK_BYTES = 256 << 10;
  private static final int BACKLOG = 16;
  private static final int FORBIDDEN = 403;
  private static final int NO_BODY = -1;

  /** The server's bounds, in its own words; seconds and bytes. They hold for the whole JVM. */
  private static final Map<String, String> BOUNDS =
      Map.of(
          "jdk.httpserver.maxConnections", "32",
          "sun.net.httpserver.maxReqHeaderSize", "16384",
          "sun.net.httpserver.maxReqHeaders", "64",
          "sun.net.httpserver.maxReqTime", "10",
          "sun.net.httpserver.maxRspTime", "60",
          "sun.net.httpserver.idleInterval", "10",
          "sun.net.httpserver.nodelay", "true");

  private final HttpServer server;
  private final ThreadPoolExecutor threads;
  private final Set<SocketAddress> own = ConcurrentHashMap.newKeySet();

  private LocalHttp(HttpServer server, ThreadPoolExecutor threads) {
    this.server = server;
    this.threads = threads;
  }

  static LocalHttp start(HttpHandler pages) throws IOException {
    Properties properties = System.getProperties();
    BOUNDS.forEach(properties::putIfAbsent);
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), BACKLOG);
    ThreadPoolExecutor threads =
        new ThreadPoolExecutor(
            THREADS_MAX,
            THREADS_MAX,
            THREAD_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            LocalHttp::thread);
    threads.allowCoreThreadTimeOut(true);
    LocalHttp http = new LocalHttp(server, threads);
    server.setExecutor(threads);
    server.createContext("/", exchange -> http.serve(exchange, pages));
    server.start();
    return http;
  }

  private static Thread thread(Runnable work) {
    Thread thread = new Thread(null, work, "ppmq-admin-http", STACK_BYTES);
    thread.setDaemon(true);
    return thread;
  }

  private void serve(HttpExchange exchange, HttpHandler pages) throws IOException {
    try (exchange) {
      exchange.getResponseHeaders().set("Connection", "close");
      if (own.contains(exchange.getRemoteAddress())) {
        pages.handle(exchange);
      } else {
        exchange.sendResponseHeaders(FORBIDDEN, NO_BODY);
      }
    }
  }

  /** A connection that is served. */
  SocketChannel connect() throws IOException {
    SocketChannel channel = SocketChannel.open();
    boolean connected = false;
    try {
      channel.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      own.add(channel.getLocalAddress());
      connected = channel.connect(server.getAddress());
      return channel;
    } finally {
      if (!connected) {
        release(channel);
      }
    }
  }

  /** Closes what {@link #connect} opened. */
  void release(SocketChannel channel) throws IOException {
    if (channel.isOpen()) {
      own.remove(channel.getLocalAddress());
      channel.close();
    }
  }

  void stop() {
    server.stop(0);
    threads.shutdownNow();
  }

  /** Where it listens, whoever asks. */
  InetSocketAddress address() {
    return server.getAddress();
  }
}
