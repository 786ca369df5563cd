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

  /** What is read at once while producers wait for room: what they send then has to be held. */
  private static final int HOLDING_BYTES = 4 << 10;

  private static final int LOGGED_MAX = 20;

  /** So many refusals in one read are more than mistakes. */
  private static final int REFUSALS_MANY = 16;

  /** What is read at once of those who do little but be refused: that takes time for each byte. */
  private static final int REFUSED_BYTES = 2 << 10;

  private final Listener listener;
  private final SocketChannel channel;
  private final SelectionKey key;
  private final Decoder decoder;
  private final InputBudget budget;
  private final ReadQueue.Place place;
  private final AnswerQueue answers;
  private int refusals;
  private boolean clampLogged;
  private boolean waitsForRoom;
  private boolean parked;
  private boolean refusedMany;
  private boolean acknowledges;
  private long reads;
  private long readsSeen;
  private @Nullable UserShare share;
  private boolean held;
  private boolean finished;
  private volatile @Nullable PeerUser peer;

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
    this.answers = new AnswerQueue(channel, listener.answers(), this::user);
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
    int asked = Math.min(room, bytesToRead(chunk.length));
    int refusalsBefore = refusals;
    int count = channel.read(ByteBuffer.wrap(chunk, 0, asked));
    if (count > 0) {
      reads++;
    }
    if (count < 0) {
      decoder.end();
      finish();
    } else if (!decoder.feed(chunk, 0, count)) {
      finish();
    } else {
      setInterest();
    }
    refusedMany = refusals - refusalsBefore >= REFUSALS_MANY;
    if (waitsForAnswers()) {
      return Progress.LATER;
    }
    return count == asked && isRead() ? Progress.MORE : Progress.DONE;
  }

  private int bytesToRead(int most) {
    if (refusedMany || (share != null && share.log.isUsedUp())) {
      return REFUSED_BYTES;
    }
    int bytes = AnswerBudget.readBytesMax(answers.room());
    return Math.min(most, listener.broker().isHolding() ? HOLDING_BYTES : bytes);
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

  /** The share of its user; the system is asked the first time. */
  UserShare user() {
    UserShare found = share;
    if (found == null) {
      found = listener.users().of(channel);
      share = found;
      if (key.isValid()) {
        found.add(this);
      }
    }
    return found;
  }

  @Override
  public InputBudget.Share share() {
    return user().input;
  }

  @Override
  public boolean acknowledges() {
    return acknowledges;
  }

  boolean isClosed() {
    return !key.isValid();
  }

  /** Whether a whole value has come. */
  boolean isKnown() {
    return decoder.isProven();
  }

  /** Whether it waits for the broker, or has input that was not read: not to be closed. */
  boolean isAtWork() {
    return held || waitsForRoom || place.isQueued() || answers.isDue();
  }

  /** Whether something has come since this was asked last. */
  boolean wasAtWorkAgain() {
    boolean again = reads != readsSeen;
    readsSeen = reads;
    return again;
  }

  /** Whether it is a worse offender, by what its user and its own peer do not read. */
  boolean readsWorseThan(Connection other) {
    long usersMore = user().answerBytes - other.user().answerBytes;
    return usersMore > 0
        || (usersMore == 0 && answers.unwrittenBytes() > other.answers.unwrittenBytes());
  }

  /** What its peer does not read. */
  AnswerQueue answers() {
    return answers;
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
    return key.isValid() && !finished && !waitsForRoom && !held && !answers.isFull();
  }

  /** Whether it is read again as soon as an answer was written; then its peer may have closed. */
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

  // ---- carrying out ---------------------------------------------------------------------------

  @Override
  public void request(Request request, long offset, int bytes) {
    String confirm = answers.isDeaf() ? null : request.confirm();
    try {
      Answer answer = confirm == null ? Answer.NONE : new Confirm(confirm, offset);
      List<Command> commands = commands(request);
      if (commands.isEmpty() && request.subscriber() != null) {
        listener.broker().settings().check(new Command.Redeliver(request.subscriber(), null));
      }
      listener.broker().collect(new Submission(commands, bytes, answer, this));
      if (confirm != null) {
        answers.expect(confirm);
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
      if (peer == null && listener.broker().settings().mayHold(topic)) {
        peer().user(); // the rules may be others, and the peer gone, when it is let go
      }
      commands.add(new Command.Publish(topic, request.messages()));
      checkPriorities(topic, request);
    }
    if (topic != null && subscriber != null) {
      commands.add(new Command.Acknowledge(topic, subscriber, request.acks()));
      acknowledges |= request.messages().isEmpty();
    }
    if (request.command() != null && subscriber != null) {
      commands.add(new Command.Redeliver(subscriber, topic));
    }
    return commands;
  }

  /** The user at the other end. Any thread may ask. */
  synchronized PeerUser peer() {
    PeerUser known = peer;
    if (known == null) {
      known = new PeerUser(channel);
      peer = known;
    }
    return known;
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
      listener.refusalLog().refused(user(), Peer.of(channel), offset, reason, last);
    } else {
      user().log.suppress();
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
            answers.settle(confirm);
            send(line);
          });
    }
  }

  private void send(byte[] line) {
    if (key.isValid()) {
      answers.add(line);
      write();
      listener.closeDeafIfExceeded();
    }
  }

  private void write() {
    try {
      if (answers.write()) {
        place.seenOpen();
      }
    } catch (IOException gone) {
      place.add(); // nobody hears the answers, but what was sent before that is still to be read
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

  // ---- ending ---------------------------------------------------------------------------------

  /** Reads nothing more, and closes when the last answer is written. */
  void finish() {
    finished = true;
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
    boolean write = answers.hasUnwritten();
    wait((read ? SelectionKey.OP_READ : 0) | (write ? SelectionKey.OP_WRITE : 0));
  }

  private void wait(int operations) {
    if (key.interestOps() != operations) {
      key.interestOps(operations);
    }
  }
}
