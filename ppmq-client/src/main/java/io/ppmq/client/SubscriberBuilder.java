package io.ppmq.client;

import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Builds a {@link Subscriber}. One of the {@code subscribe} or {@code listen} methods makes it; the
 * builder must not be used after that. For one thread.
 */
public final class SubscriberBuilder {
  private static final System.Logger LOGGER = System.getLogger("io.ppmq.client");

  final String name;
  final Address broker;
  boolean reconnect = true;
  boolean acknowledge = true;
  int batchBytesMax = 64 << 20;
  Duration timeout = Duration.ofSeconds(10);
  Subscriber.Problems problems = harmless(SubscriberBuilder::log);
  RetryPolicy retryPolicy = (message, failure) -> RetryAfter.USUAL;
  @Nullable Executor executor;
  List<String> topics = List.of();
  int batchSize;
  int workers = 1;
  private int threads;

  SubscriberBuilder(String name, Address broker) {
    this.name = name;
    this.broker = broker;
  }

  /**
   * Whether to send RECONNECT at the start, so that the broker at once delivers messages that an
   * earlier run left unacknowledged; true by default. {@code listen(Address, …)} waits for the
   * confirm before it opens the socket, so that nothing comes twice; it waits for the timeout at
   * most, and not at all when the broker is not there.
   */
  public SubscriberBuilder reconnect(boolean reconnect) {
    this.reconnect = reconnect;
    return this;
  }

  /**
   * Whether a message is acknowledged when the handler returns; true by default. With false, only
   * {@link Subscriber#acknowledge} or {@link Delivery#acknowledge} acknowledges it, at any time.
   */
  public SubscriberBuilder acknowledge(boolean acknowledge) {
    this.acknowledge = acknowledge;
    return this;
  }

  /**
   * The longest batch to accept, in bytes of JSON; 64 MiB by default. A longer batch is reported
   * and its connection closed: nothing of it is handled, and the broker keeps trying. When more
   * bytes than that wait for handlers, the subscriber stops reading. The broker closes a subscribed
   * connection that has not read for 5 s.
   */
  public SubscriberBuilder batchBytesMax(int batchBytesMax) {
    this.batchBytesMax = atLeastOne("batchBytesMax", batchBytesMax);
    return this;
  }

  /**
   * The time that the broker may take to confirm an acknowledgement, after which it is sent again
   * on another connection. {@link Subscriber#close} waits this long for the handler, and again for
   * the last confirms. 10 s by default.
   */
  public SubscriberBuilder timeout(Duration timeout) {
    this.timeout = timeout;
    return this;
  }

  /**
   * The number of messages of a topic that are handled at once, for handlers of single messages; 1
   * by default, which keeps their order. Each topic and each worker has its own threads, so topics
   * do not wait for each other. A subscriber has at most 256 threads.
   */
  public SubscriberBuilder threads(int threads) {
    this.threads = atLeastOne("threads", threads);
    return this;
  }

  /**
   * The executor that runs the handler, instead of the subscriber's own threads; for example {@code
   * Executors.newVirtualThreadPerTaskExecutor()}. It must not run tasks on the thread that submits
   * them. All messages of a batch are then handled at once, or as many as {@link #threads} says.
   * The executor stays open when the subscriber is closed. No effect for {@code listen} with whole
   * batches.
   */
  public SubscriberBuilder executor(Executor executor) {
    this.executor = executor;
    return this;
  }

  /** The pause of a message after any failure of its handler. */
  public SubscriberBuilder retryAfter(Duration pause) {
    RetryAfter retryAfter = RetryAfter.of(pause);
    return retryAfter((message, failure) -> retryAfter);
  }

  /**
   * Chooses the pause of a message whose handler failed, and whether it is delivered again at all;
   * {@link RetryAfter#USUAL} by default.
   */
  public SubscriberBuilder retryAfter(RetryPolicy retryPolicy) {
    this.retryPolicy = retryPolicy;
    return this;
  }

  /**
   * For {@code subscribe}: receive only these topics of the subscriber. By default it receives all
   * of them, including those that a reload of the broker adds.
   */
  public SubscriberBuilder topics(String... topics) {
    this.topics = List.of(topics);
    return this;
  }

  /** For {@code subscribe}: the batch size, if smaller than the configured one. */
  public SubscriberBuilder batchSize(int messages) {
    this.batchSize = atLeastOne("batchSize", messages);
    return this;
  }

  /**
   * For {@code subscribe}: the number of connections to keep, each a worker with batches of its
   * own; 1 by default. All workers, here and in other processes, share the messages.
   */
  public SubscriberBuilder workers(int workers) {
    this.workers = atLeastOne("workers", workers);
    return this;
  }

  private static int atLeastOne(String what, int number) {
    if (number < 1) {
      throw new IllegalArgumentException(what + " is not above zero: " + number);
    }
    return number;
  }

  /** The number of messages of a topic that are handled at once. */
  int atOnce(Work work) {
    if (work.messagesMax() > 1) {
      return 1;
    }
    return threads > 0 ? threads : executor == null ? 1 : Integer.MAX_VALUE;
  }

  /** Receives reports of problems. By default they are warnings of the {@link System.Logger}. */
  public SubscriberBuilder problems(Subscriber.Problems problems) {
    this.problems = harmless(problems);
    return this;
  }

  /**
   * Listens at the subscriber's own address, as the broker's configuration names it. The file of a
   * unix socket takes its mode from the umask, and the broker must be able to write to it. A stale
   * file is replaced. An empty lock file beside it, {@code PATH.lock}, shows programs that use this
   * class that one of them listens; it is not removed.
   *
   * @throws java.net.BindException another process listens there, or the path is not that of a
   *     socket
   */
  public Subscriber listen(Address own, Subscriber.Handler handler) throws IOException {
    return new Listening(this).open(own, Listening.inTurn(this, handler));
  }

  /**
   * Listens on a channel that is already bound, such as the one that {@link
   * System#inheritedChannel()} returns after systemd's socket activation. The subscriber closes the
   * channel, but does not remove its file.
   */
  public Subscriber listen(ServerSocketChannel own, Subscriber.Handler handler) throws IOException {
    return new Listening(this).open(own, Listening.inTurn(this, handler));
  }

  /**
   * Listens as {@link #listen(Address, Subscriber.Handler)} does, but handles single messages: one
   * that fails does not hold up the others.
   *
   * @throws java.net.BindException another process listens there, or the path is not that of a
   *     socket
   */
  public Subscriber listenEach(Address own, MessageHandler handler) throws IOException {
    return new Listening(this).open(own, Listening.oneByOne(this, handler));
  }

  /** Listens on a channel that is already bound, and handles single messages. */
  public Subscriber listenEach(ServerSocketChannel own, MessageHandler handler) throws IOException {
    return new Listening(this).open(own, Listening.oneByOne(this, handler));
  }

  /**
   * Connects to the broker, which pushes batches over that connection; the subscriber needs no
   * socket of its own. Does not wait for the broker. When a connection is lost, another is opened
   * after a pause of 50 ms, doubled up to 5 s, and the broker delivers the messages that were out
   * on the lost one again.
   */
  public Subscriber subscribe(Subscriber.Handler handler) {
    return subscribe(Work.batches(name, handler));
  }

  /**
   * Subscribes as {@link #subscribe(Subscriber.Handler)} does, but handles single messages: one
   * that fails does not hold up the others.
   */
  public Subscriber subscribeEach(MessageHandler handler) {
    return subscribe(Work.each(handler));
  }

  private Subscriber subscribe(Work work) {
    Workers subscribed = new Workers(this, work);
    subscribed.start();
    return new Subscriber(subscribed, timeout);
  }

  /** What cannot be reported must not keep a message from being nacked. */
  private static Subscriber.Problems harmless(Subscriber.Problems problems) {
    return (sentence, cause) -> {
      try {
        problems.report(sentence, cause);
      } catch (RuntimeException e) {
        LOGGER.log(System.Logger.Level.WARNING, sentence + "; its report failed: " + e.getClass());
      }
    };
  }

  private static void log(String sentence, @Nullable Throwable cause) {
    String reason = cause == null || cause.getMessage() == null ? "" : ": " + cause.getMessage();
    LOGGER.log(System.Logger.Level.WARNING, sentence + reason);
  }
}
