package io.ppmq.embed;

import io.ppmq.broker.Broker;
import io.ppmq.broker.port.Clock;
import io.ppmq.broker.port.Sender;
import io.ppmq.broker.request.Answer;
import io.ppmq.broker.request.Command;
import io.ppmq.broker.request.ErrorCode;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.broker.request.Submission;
import io.ppmq.broker.settings.BrokerSettings;
import io.ppmq.message.Bytes;
import io.ppmq.message.Delay;
import io.ppmq.message.Message;
import io.ppmq.store.Store;
import io.ppmq.store.memory.MemoryStore;
import io.ppmq.store.rocksdb.RocksStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A broker inside this program. A published message is stored before its future completes, and is
 * delivered to the handlers of its topic's subscribers at least once, also after a restart of the
 * program if the broker has a directory. Safe for any thread; one program may have several, each
 * with a directory of its own.
 */
public final class Ppmq implements AutoCloseable {
  private static final System.Logger LOGGER = System.getLogger("io.ppmq.embed");
  private static final int IDS_PER_SECOND_BITS = 20;
  private static final int HANDLERS_SECONDS_MAX = 10;

  /** The approximate memory of the keys of a batch. */
  private static final int BYTES_SAID = 1024;

  private final Map<String, HandlerSender> senders = new ConcurrentHashMap<>();
  private final Map<String, Long> ackRetryMillis = new HashMap<>();
  private final ExecutorService threads = Executors.newCachedThreadPool(Ppmq::daemon);
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(Ppmq::daemon);
  private final Broker broker;

  private Ppmq(PpmqConfig config) {
    BrokerSettings settings = config.settings();
    settings.topics().forEach((name, topic) -> ackRetryMillis.put(name, topic.ackRetryMillis()));
    Store store = store(config.directory());
    Broker started = null;
    try {
      started = Broker.start(settings, store, Clock.system(), this::sender, new LoggedEvents());
    } finally {
      if (started == null) {
        store.close();
      }
    }
    broker = started;
  }

  /**
   * Starts a broker.
   *
   * @throws io.ppmq.store.StoreException when its directory cannot be used, or another process has
   *     it
   * @throws IllegalArgumentException when a topic occurs twice
   */
  public static Ppmq open(PpmqConfig config) {
    return new Ppmq(config);
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "ppmq-handler");
    thread.setDaemon(true);
    return thread;
  }

  /** Ids of a new store begin with the time, so that keys differ from those of a lost one. */
  private static Store store(@Nullable Path directory) {
    long firstId = Math.max(1, System.currentTimeMillis() / 1000) << IDS_PER_SECOND_BITS;
    return directory == null
        ? new MemoryStore(firstId)
        : RocksStore.open(directory, firstId, Ppmq::warn);
  }

  private static void warn(String sentence) {
    LOGGER.log(System.Logger.Level.WARNING, sentence);
  }

  private Sender sender(String subscriber, Sender.Link link) {
    HandlerSender sender =
        new HandlerSender(
            link, threads, timer, topic -> ackRetryMillis.getOrDefault(topic, 0L), this::tell);
    senders.put(subscriber, sender);
    return sender;
  }

  /**
   * Publishes a payload. Blocks only while too much waits to be stored.
   *
   * @return completes when it is stored, or with a {@link RefusedException}: nothing was stored,
   *     unless its code is {@link ErrorCode#IN_DOUBT}. Dependents run on a thread of the broker,
   *     which they must not block
   */
  public CompletableFuture<Void> publish(String topic, String payload) {
    return publish(topic, List.of(new Message(null, Bytes.utf8(payload), null, 0)));
  }

  /**
   * Publishes a payload that is delivered only after a delay, which counts from its storing;
   * otherwise as {@link #publish(String, String)}.
   *
   * @param delay 0 to ten years
   * @throws IllegalArgumentException when it is negative or longer
   */
  public CompletableFuture<Void> publish(String topic, String payload, Duration delay) {
    if (delay.isNegative() || delay.compareTo(Duration.ofMillis(Delay.MILLIS_MAX)) > 0) {
      throw new IllegalArgumentException("a delay is 0 to ten years, not " + delay);
    }
    Delay fromStoring = new Delay(true, delay.toMillis());
    return publish(topic, List.of(new Message(null, Bytes.utf8(payload), null, 0, fromStoring)));
  }

  /** Publishes messages, all or none; otherwise as {@link #publish(String, String)}. */
  public CompletableFuture<Void> publish(String topic, List<Message> messages) {
    int bytes = messages.stream().mapToInt(message -> message.payload().length()).sum();
    CompletableFuture<Void> kept = new CompletableFuture<>();
    Command command = new Command.Publish(topic, messages);
    submit(new Submission(List.of(command), bytes, new Kept(kept)), kept);
    return kept;
  }

  /**
   * Passes every message of a subscriber to a handler, from now on until the broker is closed.
   *
   * @throws IllegalArgumentException when no topic has such a subscriber
   * @throws IllegalStateException when it has a handler already
   */
  public void subscribe(String subscriber, Handler handler) {
    HandlerSender sender = senders.get(subscriber);
    if (sender == null) {
      throw new IllegalArgumentException("no topic has a subscriber " + subscriber);
    }
    if (!sender.use(handler)) {
      throw new IllegalStateException("subscriber " + subscriber + " has a handler already");
    }
  }

  /**
   * Gives a handler more time for its message: the topic's {@code ackRetryMillis} begin again for
   * it.
   *
   * @return whether the message was still out: false means that it comes or came again, expired, or
   *     was purged
   */
  public CompletableFuture<Boolean> extend(Received message) {
    CompletableFuture<Boolean> out = new CompletableFuture<>();
    Bytes key = Bytes.utf8(message.key());
    Command command = new Command.Extend(message.topic(), message.subscriber(), List.of(key));
    submit(new Submission(List.of(command), key.length(), new Extended(out)), out);
    return out;
  }

  private void submit(Submission submission, CompletableFuture<?> future) {
    try {
      broker.submit(submission);
    } catch (RefusedException e) {
      future.completeExceptionally(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      future.completeExceptionally(e);
    }
  }

  /** Hands in the results of handlers for the messages of a batch. */
  private void tell(List<Command> said) {
    try {
      broker.submit(new Submission(said, BYTES_SAID, Answer.NONE));
    } catch (RefusedException e) {
      warn("neither acknowledged nor nacked, and so delivered again: " + e.sentence());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Lets handlers finish the message that they have, for at most 10 s, and keeps everything handed
   * in. Messages not acknowledged by then come again when it is opened again.
   */
  @Override
  public void close() {
    senders.values().forEach(HandlerSender::end);
    timer.shutdownNow();
    threads.shutdown();
    try {
      if (!threads.awaitTermination(HANDLERS_SECONDS_MAX, TimeUnit.SECONDS)) {
        threads.shutdownNow();
      }
      broker.stop();
    } catch (InterruptedException e) {
      threads.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }

  /** Completes a future with the answer whether a message is out. */
  private static final class Extended implements Answer {
    private final CompletableFuture<Boolean> out;
    private volatile boolean gone;

    Extended(CompletableFuture<Boolean> out) {
      this.out = out;
    }

    @Override
    public void gone(List<Bytes> keys) {
      gone = true;
    }

    @Override
    public void confirmed() {
      out.complete(!gone);
    }

    @Override
    public void failed(String reason) {
      refused(ErrorCode.IN_DOUBT, reason);
    }

    @Override
    public void refused(ErrorCode code, String reason) {
      out.completeExceptionally(new RefusedException(code, reason));
    }
  }

  /** Completes a future as the broker answers. */
  private record Kept(CompletableFuture<Void> kept) implements Answer {
    @Override
    public void confirmed() {
      kept.complete(null);
    }

    @Override
    public void failed(String reason) {
      refused(ErrorCode.IN_DOUBT, reason);
    }

    @Override
    public void refused(ErrorCode code, String reason) {
      kept.completeExceptionally(new RefusedException(code, reason));
    }
  }
}
