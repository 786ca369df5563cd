package io.ppmq.server;

import io.ppmq.broker.port.Sender;
import io.ppmq.broker.port.Source;
import io.ppmq.server.ReadQueue.Progress;
import io.ppmq.wire.Decoder;
import io.ppmq.wire.InputBudget;
import io.ppmq.wire.ValueParser;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to the broker's socket: bytes in, commands to the broker, answers out.
 *
 * <p>A peer that did not ask for a confirm gets no answers. A peer that asks and does not read its
 * answers is not read either, so that the answers do not accumulate. For the listener's thread.
 */
final class Connection implements Source, ReadQueue.Input {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");

  private final Listener listener;
  private final SocketChannel channel;
  private final SelectionKey key;
  private final Decoder decoder;
  private final InputBudget budget;
  private final ReadQueue.Place place;
  private final AnswerQueue answers;
  private final Requests requests;
  private final Conduct conduct;
  private boolean waitsForRoom;
  private boolean parked = true;
  private @Nullable UserShare share;
  private @Nullable WorkerOutput workerOutput;
  private boolean held;
  private boolean finished;

  Connection(
      Listener listener,
      SocketChannel channel,
      SelectionKey key,
      ValueParser parser,
      InputBudget budget,
      @Nullable PeerUser relayed) {
    this.listener = listener;
    this.channel = channel;
    this.key = key;
    this.requests = new Requests(listener, this, channel, relayed);
    this.conduct = new Conduct(requests);
    this.decoder = new Decoder(parser, budget, requests);
    this.budget = budget;
    this.place = listener.queue().accepted(this);
    this.answers = new AnswerQueue(channel, listener.answers(), this::user);
  }

  // ---- reading --------------------------------------------------------------------------------

  /**
   * Writes as much as possible without blocking, and queues the connection to be read in its turn.
   */
  void serve() {
    if (key.isWritable()) {
      write(null);
    }
    if (key.isValid() && key.isReadable()) {
      place.add();
    }
  }

  /** The connection was accepted just now, and may have input. */
  void begin() {
    place.add();
  }

  @Override
  public Progress read() {
    if (isRead()) {
      try {
        Progress progress = read(listener.chunk());
        // So a peer that sends little and then closes needs no select.
        boolean again = progress == Progress.DONE && conduct.reads() == 1 && isRead();
        return again ? read(listener.chunk()) : progress;
      } catch (IOException gone) {
        decoder.end();
        close();
      }
    }
    return waitsForAnswers() ? Progress.LATER : Progress.DONE;
  }

  private Progress read(byte[] chunk) throws IOException {
    int room = decoder.room();
    if (room == 0) {
      waitsForRoom = true;
      setInterest();
      return Progress.DONE;
    }
    int worth = conduct.bytesToRead(share, answers.room(), listener.broker().isHolding());
    int asked = Math.min(room, Math.min(chunk.length, worth));
    conduct.begin();
    int count = channel.read(ByteBuffer.wrap(chunk, 0, asked));
    if (count < 0) {
      decoder.end();
      finish();
    } else if (!decoder.feed(chunk, 0, count)) {
      finish();
    } else {
      setInterest();
    }
    conduct.end(asked, count);
    if (waitsForAnswers()) {
      return Progress.LATER;
    }
    if (!isRead() || count <= 0) {
      return Progress.DONE;
    }
    return count == asked ? Progress.MORE : conduct.drips() ? Progress.DRIP : Progress.DONE;
  }

  @Override
  public long bytesRead() {
    return decoder.offset();
  }

  @Override
  public void park(boolean now) {
    parked = now;
    setInterest();
  }

  @Override
  public ReadQueue.Slice slice() {
    return user().slice;
  }

  // ---- its user -------------------------------------------------------------------------------

  /** The share of its user. The first call asks the system. */
  UserShare user() {
    UserShare found = share;
    if (found == null) {
      found = requests.shareOf(listener.users());
      share = found;
      if (key.isValid()) {
        found.add(this);
      }
    }
    return found;
  }

  /** The user at the other end, for rules. Any thread. */
  PeerUser peer() {
    return requests.peer();
  }

  boolean isClosed() {
    return !key.isValid();
  }

  /** Whether a whole value has arrived. */
  boolean isKnown() {
    return decoder.isProven();
  }

  /** Whether it waits for the broker or has unread input, and so must not be closed. */
  boolean isAtWork() {
    return held || waitsForRoom || place.isQueued() || answers.isDue() || isWorker();
  }

  /** Whether something has arrived since the last call. */
  boolean wasAtWorkAgain() {
    return conduct.wasAtWorkAgain();
  }

  /** The answers that its peer has not read yet. */
  AnswerQueue answers() {
    return answers;
  }

  /** There is room for its input again. */
  void roomAgain() {
    listener.onThread(
        () -> {
          waitsForRoom = false;
          setInterest();
        });
  }

  /** Others wait for the room that its unfinished value occupies. */
  void stalled() {
    listener.onThread(
        () -> {
          decoder.endStalled();
          decoder.close();
          finish();
        });
  }

  /** Whether it is read in its turn. */
  boolean isRead() {
    return key.isValid() && !finished && !waitsForRoom && !held && !answers.isFull();
  }

  /** Whether it is read again after an answer was written; its peer may then have closed. */
  private boolean waitsForAnswers() {
    return key.isValid()
        && !finished
        && !waitsForRoom
        && !held
        && answers.isFull()
        && !answers.hasUnwritten();
  }

  // ---- being held back ------------------------------------------------------------------------

  @Override
  public void hold() {
    listener.onThread(() -> beHeld(true));
  }

  @Override
  public void release() {
    listener.onThread(() -> beHeld(false));
  }

  private void beHeld(boolean now) {
    held = now;
    setInterest();
    place.changed();
    budget.goOn();
  }

  // ---- answering ------------------------------------------------------------------------------

  /**
   * Writes an answer soon. {@code expected} is its announced length, negative if it was not
   * announced. Any thread.
   */
  void answerLater(int expected, byte[] line) {
    listener.onThread(
        () -> {
          if (expected >= 0) {
            answers.settle(expected);
          }
          if (workerOutput == null && answers.join(line)) {
            listener.answered().add(this);
          } else {
            send(line);
          }
        });
  }

  /** Writes an answer, or queues it. */
  void send(byte[] line) {
    if (key.isValid()) {
      write(line);
      listener.unread().closeIfExceeded();
    }
  }

  /** Writes the answers that wait to be written together. */
  void writeAnswers() {
    if (key.isValid()) {
      write(null);
    }
  }

  /** Writes the waiting answers, and this line. */
  private void write(byte @Nullable [] line) {
    try {
      if (workerOutput != null) {
        workerOutput.write(line);
      } else if (line == null ? answers.write() : answers.write(line)) {
        place.seenOpen();
      }
    } catch (IOException gone) {
      place.add(); // the peer no longer reads, but earlier input is still to be read
    }
    endIfAnswered();
  }

  private void endIfAnswered() {
    if (finished) {
      finish();
    } else {
      setInterest();
    }
  }

  // ---- being a worker -------------------------------------------------------------------------

  @Override
  public Sender subscribe(Sender.Link link) {
    WorkerOutput made = new WorkerOutput(this, channel, answers, link);
    listener.onThread(() -> begin(made));
    return made;
  }

  private void begin(WorkerOutput made) {
    workerOutput = made;
    if (finished || !key.isValid()) {
      made.end();
      return;
    }
    listener.workers().add(this);
    made.begin();
    write(null);
  }

  /** Whether batches are sent over it. */
  boolean isWorker() {
    return workerOutput != null;
  }

  /** The worker has something to write, or may be broken. Any thread. */
  void outputChanged(boolean broken) {
    listener.onThread(
        () -> {
          if (broken) {
            answers.drop();
            place.add(); // input from before it broke is still to be read
          }
          setInterest();
        });
  }

  /** Reads nothing more and ends. Any thread. */
  void endLater() {
    listener.onThread(this::finish);
  }

  /** Closes a worker whose socket has taken nothing of a batch for long. */
  void closeIfStuck(long nowNanos) {
    if (workerOutput != null && workerOutput.isStuck(nowNanos)) {
      requests.log("it reads nothing of a batch; the connection is closed", decoder.offset());
      close();
    }
  }

  // ---- ending ---------------------------------------------------------------------------------

  /** Ends because the broker stops. */
  void stop() {
    if (workerOutput != null) {
      workerOutput.stop();
    }
    finish();
  }

  /** Reads nothing more, and closes after the last answer is written. */
  void finish() {
    finished = true;
    if (workerOutput != null) {
      workerOutput.end();
    }
    if (answers.isDone()) {
      close();
    } else if (key.isValid()) {
      setInterest();
    }
  }

  void close() {
    if (key.isValid()) {
      listener.closed();
      if (share != null) {
        share.remove();
      }
    }
    if (workerOutput != null) {
      workerOutput.end();
      listener.workers().remove(this);
    }
    decoder.close();
    answers.drop();
    key.cancel();
    place.changed();
    try {
      channel.close();
    } catch (IOException e) {
      LOG.warn("a connection did not close: {}", e.getMessage());
    }
  }

  private void setInterest() {
    if (!key.isValid()) {
      return;
    }
    boolean read = isRead() && !parked;
    boolean write = workerOutput == null ? answers.hasUnwritten() : workerOutput.hasUnwritten();
    int operations = (read ? SelectionKey.OP_READ : 0) | (write ? SelectionKey.OP_WRITE : 0);
    if (key.interestOps() != operations) {
      key.interestOps(operations);
    }
  }
}
