package io.ppmq.compare;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lettuce.core.Consumer;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisURI;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.XGroupCreateArgs;
import io.lettuce.core.XReadArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.ppmq.bench.Driver;
import io.ppmq.bench.Intake;
import io.ppmq.bench.Settings;
import io.ppmq.bench.WindowedProducer;
import io.ppmq.load.Received;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Redis Streams with an append-only file, through Lettuce. Acknowledged entries are also deleted,
 * since a stream grows without bound otherwise.
 */
public final class Redis implements Driver {
  private static final byte[] STREAM = "bench".getBytes(UTF_8);
  private static final byte[] GROUP = "group".getBytes(UTF_8);
  private static final byte[] FIELD = "p".getBytes(UTF_8);
  private static final int BATCH = 50;

  static PeerServer start(Path directory, String appendfsync) throws Exception {
    int port = PeerServer.freePort();
    List<String> command =
        List.of(
            "redis-server",
            "--bind",
            "127.0.0.1",
            "--port",
            "" + port,
            "--dir",
            directory.toString(),
            "--appendonly",
            "yes",
            "--appendfsync",
            appendfsync,
            "--save",
            "");
    String version = PeerServer.output(List.of("redis-server", "--version"));
    return PeerServer.start(directory, port, command, version.replaceAll(".*v=([0-9.]+).*", "$1"));
  }

  private static RedisClient client(Settings settings) {
    RedisURI uri = RedisURI.create("127.0.0.1", settings.number("port"));
    uri.setTimeout(Duration.ofSeconds(60));
    return RedisClient.create(uri);
  }

  @Override
  public DrivenProducer producer(Settings settings) {
    RedisClient client = client(settings);
    StatefulRedisConnection<byte[], byte[]> connection = client.connect(ByteArrayCodec.INSTANCE);
    connection.setAutoFlushCommands(false);
    return new WindowedProducer(
        new StreamOutlet(client, connection, connection.async()),
        settings.number("payload"),
        settings.number("batch"));
  }

  private record StreamOutlet(
      RedisClient client,
      StatefulRedisConnection<byte[], byte[]> connection,
      RedisAsyncCommands<byte[], byte[]> commands)
      implements WindowedProducer.Outlet {
    /** Sends each batch as one pipeline. */
    @Override
    public void send(List<byte[]> payloads, WindowedProducer.Confirmed confirmed) {
      Countdown countdown = new Countdown(payloads.size(), confirmed);
      for (byte[] payload : payloads) {
        commands
            .xadd(STREAM, Map.of(FIELD, payload))
            .whenComplete((id, failure) -> countdown.done(failure));
      }
      connection.flushCommands();
    }

    @Override
    public void close() {
      connection.close();
      client.shutdown();
    }
  }

  @Override
  public DrivenSubscriber subscriber(Settings settings) {
    RedisClient client = client(settings);
    StatefulRedisConnection<byte[], byte[]> connection = client.connect(ByteArrayCodec.INSTANCE);
    connection
        .sync()
        .xgroupCreate(
            XReadArgs.StreamOffset.from(STREAM, "0"), GROUP, XGroupCreateArgs.Builder.mkstream());
    connection.setAutoFlushCommands(false);
    return new StreamSubscriber(client, connection);
  }

  private record StreamSubscriber(
      RedisClient client, StatefulRedisConnection<byte[], byte[]> connection)
      implements DrivenSubscriber {
    @Override
    @SuppressWarnings("unchecked") // the library's array of streams
    public Received receive(int ends) throws Exception {
      Intake intake = new Intake(ends);
      RedisAsyncCommands<byte[], byte[]> commands = connection.async();
      RedisFuture<Long> last = null;
      while (intake.isOpen()) {
        RedisFuture<List<StreamMessage<byte[], byte[]>>> read =
            commands.xreadgroup(
                Consumer.from(GROUP, "one".getBytes(UTF_8)),
                XReadArgs.Builder.count(BATCH).block(1000),
                XReadArgs.StreamOffset.lastConsumed(STREAM));
        connection.flushCommands(); // includes the acknowledgements of earlier batches
        List<StreamMessage<byte[], byte[]>> messages = read.get();
        if (messages == null || messages.isEmpty()) {
          continue;
        }
        intake.batch();
        String[] ids = new String[messages.size()];
        for (int i = 0; i < ids.length; i++) {
          ids[i] = messages.get(i).getId();
          intake.message(messages.get(i).getBody().values().iterator().next());
        }
        var unused = commands.xack(STREAM, GROUP, ids); // answered before the commands that follow
        last = commands.xdel(STREAM, ids);
      }
      connection.flushCommands();
      if (last != null) {
        last.get();
      }
      return intake.received();
    }

    @Override
    public void close() {
      connection.close();
      client.shutdown();
    }
  }
}
