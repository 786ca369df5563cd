package io.ppmq.client;

import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Describes a {@link Subscriber} until one of the {@code subscribe} or {@code listen} methods makes
 * it, which is the end of the builder. For one thread.
 */
public final class SubscriberBuilder {
  private static final System.Logger LOGGER = System.getLogger("io.ppmq.client");

  final String name;
  final Address broker;
  boolean reconnect = true;
  boolean acknowledge = true;
  int batchBytesMax = 64 << 20;
  Duration timeout = Duration.ofSeconds(10);
  Subscriber.Problems problems = SubscriberBuilder::log;
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
   * Whether to send RECONNECT at the start, so that messages that an earlier run left
   * unacknowledged are delivered at once; true by default. {@code listen(Address, …)} waits for its
   * confirm before there is a socket to push to, so that nothing comes twice; no longer than the
   * timeout, and not at all for a broker that is not there.
   */
  public SubscriberBuilder reconnect(boolean reconnect) {
    this.reconnect = reconnect;
    return this;
  }

  /**
   * Whether messages are acknowledged when the handler returns; true by default. With false a
   * message is acknowledged only by {@link Subscriber#acknowledge} or {@link Delivery#acknowledge},
   * at any time.
   */
  public SubscriberBuilder acknowledge(boolean acknowledge) {
    this.acknowledge = acknowledge;
    return this;
  }

  /**
   * The longest batch to accept, in bytes of JSON; 64 MiB by default. A longer one is reported and
   * its connection closed: nothing of it is handled, and the broker keeps trying. When more than
   * that waits for handlers, nothing more is read, and the broker closes a subscribed connection
   * that reads nothing for 5 s.
   */
  public SubscriberBuilder batchBytesMax(int batchBytesMax) {
    this.batchBytesMax = atLeastOne("batchBytesMax", batchBytesMax);
    return this;
  }

  /**
   * The time that the broker may take to confirm an acknowledgement before it is sent again on
   * another connection, and how long {@link Subscriber#close} waits for the handler, and again for
   * the last confirms; 10 s by default.
   */
  public SubscriberBuilder timeout(Duration timeout) {
    this.timeout = timeout;
    return this;
  }

  /**
   * The number of messages of a topic that are handled at once, if the handler takes single
   * messages; 1 by default, so that they are done in their order. Each topic has threads of its
   * own, and so has each worker: topics do not wait for each other. A subscriber has 256 threads at
   * most.
   */
  public SubscriberBuilder threads(int threads) {
    this.threads = atLeastOne("threads", threads);
    return this;
  }

  /**
   * The executor that runs the handler, instead of threads of the subscriber's own; such as {@code
   * Executors.newVirtualThreadPerTaskExecutor()}. It must not run it on the thread that calls it.
   * All messages of a batch are handled at once then, or as many as {@link #threads} says. Stays
   * open when the subscriber is closed. Without effect for {@code listen} with whole batches.
   */
  public SubscriberBuilder executor(Executor executor) {
    this.executor = executor;
    return this;
  }

  /** The wait of a message after its handler failed, for any failure. */
  public SubscriberBuilder retryAfter(Duration pause) {
    RetryAfter retryAfter = RetryAfter.of(pause);
    return retryAfter((message, failure) -> retryAfter);
  }

  /**
   * Decides how long a message waits that a handler failed at, and whether it comes again at all;
   * {@link RetryAfter#USUAL} by default.
   */
  public SubscriberBuilder retryAfter(RetryPolicy retryPolicy) {
    this.retryPolicy = retryPolicy;
    return this;
  }

  /**
   * For {@code subscribe}: only these topics of the subscriber. Unless said otherwise it gets all,
   * and those that a reload of the broker adds.
   */
  public SubscriberBuilder topics(String... topics) {
    this.topics = List.of(topics);
    return this;
  }

  /** For {@code subscribe}: fewer messages in a batch than the configuration says. */
  public SubscriberBuilder batchSize(int messages) {
    this.batchSize = atLeastOne("batchSize", messages);
    return this;
  }

  /**
   * For {@code subscribe}: how many connections to keep, each a worker that gets batches of its
   * own; 1 by default. More of them, here or in other processes, share the messages.
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

  /** Takes reports of problems; unless set, problems are warnings of the {@link System.Logger}. */
  public SubscriberBuilder problems(Subscriber.Problems problems) {
    this.problems = problems;
    return this;
  }

  /**
   * Listens at the subscriber's own address, as the broker's configuration names it. A unix
   * socket's file takes its mode from the umask, and the broker must be able to write to it. A
   * stale file is replaced; an empty file beside it, {@code PATH.lock}, tells programs of this
   * package that one of them listens, and stays behind.
   *
   * @throws java.net.BindException somebody listens there, or the path is not that of a socket
   */
  public Subscriber listen(Address own, Subscriber.Handler handler) throws IOException {
    return new Listening(this).open(own, Listening.inTurn(this, handler));
  }

  /**
   * Listens on a channel that is bound already, such as the one of {@link
   * System#inheritedChannel()} after systemd's socket activation. The subscriber closes it, and
   * leaves its file alone.
   */
  public Subscriber listen(ServerSocketChannel own, Subscriber.Handler handler) throws IOException {
    return new Listening(this).open(own, Listening.inTurn(this, handler));
  }

  /**
   * Listens as {@link #listen(Address, Subscriber.Handler)} does, and has single messages handled:
   * one that fails does not hold up the others.
   *
   * @throws java.net.BindException somebody listens there, or the path is not that of a socket
   */
  public Subscriber listenEach(Address own, MessageHandler handler) throws IOException {
    return new Listening(this).open(own, Listening.oneByOne(this, handler));
  }

  /** Listens on a channel that is bound already, and has single messages handled. */
  public Subscriber listenEach(ServerSocketChannel own, MessageHandler handler) throws IOException {
    return new Listening(this).open(own, Listening.oneByOne(this, handler));
  }

  /**
   * Connects to the broker and is pushed to over that connection; no socket of its own is needed.
   * Does not wait for the broker. When a connection is lost, another is opened after a pause of 50
   * ms, doubled up to 5 s; the broker delivers the messages that were out on the lost one again.
   */
  public Subscriber subscribe(Subscriber.Handler handler) {
    return subscribe(Work.batches(name, handler));
  }

  /**
   * Subscribes as {@link #subscribe(Subscriber.Handler)} does, and has single messages handled: one
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

  private static void log(String sentence, @Nullable Throwable cause) {
    String reason = cause == null || cause.getMessage() == null ? "" : ": " + cause.getMessage();
    LOGGER.log(System.Logger.Level.WARNING, sentence + reason);
  }
}
