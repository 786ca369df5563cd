package io.ppmq.server;

import io.ppmq.broker.Answer;
import io.ppmq.broker.Command;
import io.ppmq.broker.ErrorCode;
import io.ppmq.broker.Refusals;
import io.ppmq.broker.RefusedException;
import io.ppmq.broker.Source;
import io.ppmq.broker.Submission;
import io.ppmq.server.ReadQueue.Progress;
import io.ppmq.wire.Decoder;
import io.ppmq.wire.InputBudget;
import io.ppmq.wire.Refusal;
import io.ppmq.wire.Request;
import io.ppmq.wire.Sink;
import io.ppmq.wire.ValueParser;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to the broker's socket: bytes in, commands to the broker, answers out.
 *
 * <p>Nothing is written to a peer that asked for no confirm. One that asks and does not read its
 * answers is not read from either, so that they do not pile up. All of it belongs to the listener's
 * thread.
 */
final class Connection implements Sink, Source, ReadQueue.Input {
  private static final Logger LOG = LoggerFactory.getLogger("ppmq");

  /** Answers that may be outstanding or unread before nothing more is read. */
  private static final int ANSWERS_MAX = 1024;

  /** What is read at once while producers wait for room: what they send then has to be held. */
  private static final int HOLDING_BYTES = 4 << 10;

  private static final int ANSWER_BYTES_MAX = 256 << 10;
  private static final int LOGGED_MAX = 20;

  private final Listener listener;
  private final SocketChannel channel;
  private final SelectionKey key;
  private final Decoder decoder;
  private final InputBudget budget;
  private final ReadQueue.Place place;
  private final ReadQueue.Slice slice = new ReadQueue.Slice();
  private @Nullable ArrayDeque<ByteBuffer> unwritten;
  private int answersDue;
  private long dueBytes;
  private long unwrittenBytes;
  private int refusals;
  private boolean clampLogged;
  private boolean waitsForRoom;
  private boolean parked;
  private boolean deaf;
  private boolean held;
  private boolean finished;
  private @Nullable PeerUser user;

  Connection(
      Listener listener,
      SocketChannel channel,
      SelectionKey key,
      ValueParser parser,
      InputBudget budget) {
    this.listener = listener;
    this.channel = channel;
    this.key = key;
    this.decoder = new Decoder(parser, budget, this);
    this.budget = budget;
    this.place = listener.queue().accepted(this);
  }

  // ---- reading --------------------------------------------------------------------------------

  /** Writes what can be written without blocking, and has the rest read when its turn comes. */
  void serve() {
    if (key.isWritable()) {
      write();
    }
    if (key.isValid() && key.isReadable()) {
      place.add();
    }
  }

  @Override
  public Progress read() {
    if (isRead()) {
      try {
        return read(listener.chunk());
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
    int most = listener.broker().isHolding() ? HOLDING_BYTES : chunk.length;
    int asked = Math.min(room, most);
    int count = channel.read(ByteBuffer.wrap(chunk, 0, asked));
    if (count < 0) {
      decoder.end();
      finish();
    } else if (!decoder.feed(chunk, 0, count)) {
      finish();
    } else {
      setInterest();
    }
    if (waitsForAnswers()) {
      return Progress.LATER;
    }
    return count == asked && isRead() ? Progress.MORE : Progress.DONE;
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
    return slice;
  }

  @Override
  public void roomAgain() {
    listener.onThread(
        () -> {
          waitsForRoom = false;
          setInterest();
        });
  }

  @Override
  public void stalled() {
    listener.onThread(
        () -> {
          decoder.endStalled();
          decoder.close();
          finish();
        });
  }

  @Override
  public boolean isRead() {
    return key.isValid() && !finished && !waitsForRoom && !held && !isFull();
  }

  /** Whether it is read again as soon as an answer was written; then its peer may have closed. */
  private boolean waitsForAnswers() {
    return key.isValid() && !finished && !waitsForRoom && !held && isFull() && !hasUnwritten();
  }

  private boolean isFull() {
    return !deaf && (answersDue >= ANSWERS_MAX || dueBytes + unwrittenBytes >= ANSWER_BYTES_MAX);
  }

  private boolean hasUnwritten() {
    return unwritten != null && !unwritten.isEmpty();
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

  // ---- carrying out ---------------------------------------------------------------------------

  @Override
  public void request(Request request, long offset, int bytes) {
    String confirm = deaf ? null : request.confirm();
    try {
      Answer answer = confirm == null ? Answer.NONE : new Confirm(confirm, offset);
      List<Command> commands = commands(request);
      if (commands.isEmpty() && request.subscriber() != null) {
        listener.broker().settings().check(new Command.Redeliver(request.subscriber(), null));
      }
      checkAccess(commands);
      listener.broker().collect(new Submission(commands, bytes, answer, this));
      if (confirm != null) {
        answersDue++;
        dueBytes += confirm.length();
      }
    } catch (RefusedException e) {
      listener.broker().refusals().add(Refusals.Reason.UNKNOWN, request.messages().size());
      tell(new Refusal(offset, e.code(), e.sentence(), confirm));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private List<Command> commands(Request request) {
    List<Command> commands = new ArrayList<>(1);
    String topic = request.topic();
    String subscriber = request.onlyPublishes() ? null : request.subscriber();
    if (topic != null && (!request.messages().isEmpty() || subscriber == null)) {
      commands.add(new Command.Publish(topic, request.messages()));
      checkPriorities(topic, request);
    }
    if (topic != null && subscriber != null) {
      commands.add(new Command.Acknowledge(topic, subscriber, request.acks()));
    }
    if (request.command() != null && subscriber != null) {
      commands.add(new Command.Redeliver(subscriber, topic));
    }
    return commands;
  }

  private void checkAccess(List<Command> commands) throws RefusedException {
    Access access = listener.access();
    if (access == null) {
      return;
    }
    if (user == null) {
      user = new PeerUser(channel);
    }
    access.check(commands, user);
  }

  private void checkPriorities(String topic, Request request) {
    if (!clampLogged && listener.clamp().applies(topic, request.messages())) {
      clampLogged = true;
      LOG.warn(
          "{} publishes to topic {} with priorities it does not have; the nearest is taken",
          Peer.of(channel),
          topic);
    }
  }

  @Override
  public void refused(Refusal refusal) {
    listener.broker().refusals().add(Refusals.Reason.INVALID, 1);
    tell(refusal);
  }

  private void tell(Refusal refusal) {
    log(refusal.reason(), refusal.offset());
    answer(refusal);
  }

  @Override
  public void skipped(Refusal refusal) {
    answer(refusal);
  }

  @Override
  public void broken(Refusal refusal) {
    listener.broker().refusals().add(Refusals.Reason.MALFORMED, 1);
    log(refusal.reason() + "; the connection is closed", refusal.offset());
    answer(refusal);
  }

  private void log(String reason, long offset) {
    refusals++;
    if (refusals <= LOGGED_MAX) {
      String last = refusals == LOGGED_MAX ? " (no more of this connection is logged)" : "";
      LOG.warn("refused from {} at byte {}: {}{}", Peer.of(channel), offset, reason, last);
    }
  }

  // ---- answering ------------------------------------------------------------------------------

  private void answer(Refusal refusal) {
    String confirm = refusal.confirm();
    if (confirm != null) {
      send(io.ppmq.wire.Answer.refused(confirm, refusal.code(), refusal.sentence()));
    }
  }

  /** Answers one submission; called on threads of the broker. */
  private final class Confirm implements Answer {
    private final String confirm;
    private final long offset;

    Confirm(String confirm, long offset) {
      this.confirm = confirm;
      this.offset = offset;
    }

    @Override
    public void confirmed() {
      later(io.ppmq.wire.Answer.confirmed(confirm));
    }

    @Override
    public void failed(String reason) {
      later(io.ppmq.wire.Answer.refused(confirm, ErrorCode.IN_DOUBT, reason));
    }

    @Override
    public void refused(ErrorCode code, String reason) {
      String sentence = new Refusal(offset, code, reason, confirm).sentence();
      later(io.ppmq.wire.Answer.refused(confirm, code, sentence));
    }

    private void later(byte[] line) {
      listener.onThread(
          () -> {
            answersDue--;
            dueBytes -= confirm.length();
            send(line);
          });
    }
  }

  private void send(byte[] line) {
    if (!key.isValid() || deaf) {
      endIfAnswered();
      return;
    }
    if (unwritten == null) {
      unwritten = new ArrayDeque<>();
    }
    unwrittenBytes += line.length;
    unwritten.add(ByteBuffer.wrap(line));
    write();
  }

  private void write() {
    try {
      while (unwritten != null && !unwritten.isEmpty()) {
        ByteBuffer line = unwritten.element();
        channel.write(line);
        if (line.hasRemaining()) {
          break;
        }
        place.seenOpen();
        unwrittenBytes -= line.capacity();
        unwritten.remove();
      }
    } catch (IOException gone) {
      beDeaf();
    }
    endIfAnswered();
  }

  /** Nobody hears the answers any more, but what was sent before that is still to be read. */
  private void beDeaf() {
    deaf = true;
    unwritten = null;
    unwrittenBytes = 0;
    place.add();
  }

  private void endIfAnswered() {
    if (finished) {
      finish();
    } else {
      setInterest();
    }
  }

  // ---- ending ---------------------------------------------------------------------------------

  /** Reads nothing more, and closes when the last answer is written. */
  void finish() {
    finished = true;
    boolean answered = deaf || (answersDue == 0 && !hasUnwritten());
    if (answered) {
      close();
    } else if (key.isValid()) {
      setInterest();
    }
  }

  void close() {
    decoder.close();
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
    boolean write = hasUnwritten();
    wait((read ? SelectionKey.OP_READ : 0) | (write ? SelectionKey.OP_WRITE : 0));
  }

  private void wait(int operations) {
    if (key.interestOps() != operations) {
      key.interestOps(operations);
    }
  }
}
