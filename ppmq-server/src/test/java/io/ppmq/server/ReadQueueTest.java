package io.ppmq.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.ppmq.server.ReadQueue.Progress;
import io.ppmq.server.ReadQueue.Slice;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/**
 * The real queue over simulated sockets: written bytes wait in the socket, a select reports
 * connections with input and closed ones, and programs go on between any two steps of the reader.
 */
class ReadQueueTest {
  private static final int CHUNK_BYTES = 4;
  private static final int SOCKET_BYTES_MAX = 20;

  /** The value that connections of others write, which have no order. */
  private static final long OTHERS = -1;

  private final List<Socket> sockets = new ArrayList<>();
  private final Queue<Socket> toAccept = new ArrayDeque<>();
  private final List<Long> read = new ArrayList<>();
  private long nanos;
  private final ReadQueue queue = new ReadQueue(SOCKET_BYTES_MAX, () -> nanos);

  /** A connection; a value is one byte. */
  private final class Socket implements ReadQueue.Input {
    private final Queue<Long> waiting = new ArrayDeque<>();
    private final Slice slice;
    private ReadQueue.Place place;
    private boolean parked = true;
    private boolean closed;
    private boolean full;
    private int fillsUpAfter = Integer.MAX_VALUE;
    private long bytes;
    private long readNanos;
    private boolean drips;
    private int reads;

    Socket(Slice slice) {
      this.slice = slice;
      toAccept.add(this);
    }

    @Override
    public Progress read() {
      reads++;
      int count = 0;
      while (count < CHUNK_BYTES && !waiting.isEmpty() && !full) {
        long value = waiting.remove();
        if (value != OTHERS) {
          read.add(value);
        }
        count++;
        bytes++;
        full = --fillsUpAfter == 0;
      }
      nanos += readNanos;
      if (full) {
        return Progress.LATER;
      }
      if (count == CHUNK_BYTES) {
        return Progress.MORE;
      }
      return drips && count > 0 ? Progress.DRIP : Progress.DONE;
    }

    /** Writes the answers that it waited for. */
    private void answer(int moreValues) {
      full = false;
      fillsUpAfter = moreValues;
      if (!closed) {
        place.seenOpen();
      }
      place.changed();
    }

    @Override
    public void park(boolean now) {
      parked = now;
    }

    @Override
    public long bytesRead() {
      return bytes;
    }

    @Override
    public Slice slice() {
      return slice;
    }
  }

  private void select() {
    queue.begin();
    for (Socket socket : sockets) {
      if (!socket.parked && !socket.full && (!socket.waiting.isEmpty() || socket.closed)) {
        socket.place.add();
      }
    }
    sockets.removeIf(socket -> socket.closed && !socket.full && socket.waiting.isEmpty());
  }

  private void accept() {
    for (Socket next = toAccept.poll(); next != null; next = toAccept.poll()) {
      next.place = queue.accepted(next);
      next.place.add();
      sockets.add(next);
    }
  }

  private void pass() {
    select();
    accept();
    queue.read();
  }

  private Socket open() {
    return new Socket(new Slice());
  }

  @Test
  void programsThatConnectOneAfterAnotherKeepTheirOrder() {
    long seed = Long.getLong("seed", System.nanoTime());
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    for (int round = 0; round < 200; round++) {
      new ReadQueueTest().runPrograms(random);
    }
  }

  private void runPrograms(Random random) {
    List<Socket> open = new ArrayList<>(); // connections of others, which never close
    List<Slice> users = List.of(new Slice(), new Slice());
    Socket program = null;
    long number = 0;
    int others = random.nextInt(12);
    int step = 0;
    int steps = 0;
    while (number < 200 || read.size() < number) {
      assertThat(steps++).as("steps until all is read").isLessThan(100_000);
      switch (random.nextInt(10)) {
        case 0, 1, 2 -> {
          if (program == null && number < 200) {
            program = new Socket(users.get(random.nextInt(2)));
          }
        }
        case 3, 4 -> {
          if (program != null && program.waiting.size() < SOCKET_BYTES_MAX && number < 200) {
            program.waiting.add(number++);
          }
        }
        case 5, 6 -> {
          if (program != null) {
            program.closed = true;
            program = null;
          }
        }
        case 7 -> {
          if (open.size() < others) {
            open.add(new Socket(users.get(random.nextInt(2))));
          }
          open.stream()
              .filter(socket -> socket.waiting.size() < SOCKET_BYTES_MAX)
              .forEach(socket -> socket.waiting.add(OTHERS));
        }
        case 8 -> {
          for (Socket socket : sockets) {
            if (socket.full) {
              socket.answer(random.nextInt(20));
            } else if (socket.fillsUpAfter > 100 && random.nextInt(10) == 0) {
              socket.fillsUpAfter = 1 + random.nextInt(10);
            }
          }
        }
        default -> {
          switch (step++ % 3) {
            case 0 -> select();
            case 1 -> accept();
            default -> queue.read();
          }
        }
      }
    }
    assertThat(read).containsExactlyElementsOf(LongStream.range(0, number).boxed().toList());
  }

  @Test
  void newConnectionWaitsForOlderOneThatIsNotReadToItsEnd() {
    Socket old = open();
    pass();
    LongStream.range(0, 10).forEach(old.waiting::add);
    old.closed = true;
    open().waiting.add(10L);
    pass();
    pass();
    assertThat(read).doesNotContain(10L);
    pass();
    pass();
    assertThat(read).containsExactlyElementsOf(LongStream.range(0, 11).boxed().toList());
  }

  @Test
  void connectionThatAlwaysHasInputDoesNotKeepOutNewOne() {
    Socket busy = open();
    busy.waiting.add(0L);
    pass();
    pass();
    open().waiting.add(1L);
    for (int i = 0; i < 2 + SOCKET_BYTES_MAX / CHUNK_BYTES; i++) {
      LongStream.range(0, CHUNK_BYTES).forEach(j -> busy.waiting.add(0L));
      pass();
    }
    assertThat(read).contains(1L);
  }

  @Test
  void connectionThatWasReadOnceWaitsForNobody() {
    Socket busy = open();
    Socket other = open();
    busy.waiting.add(0L);
    other.waiting.add(1L);
    pass();
    pass();
    LongStream.range(0, 3 * CHUNK_BYTES).forEach(j -> busy.waiting.add(0L));
    other.waiting.add(2L);
    pass();
    assertThat(read).contains(2L);
  }

  @Test
  void newConnectionWaitsForAnswersThatOlderOneWaitsFor() {
    Socket old = open();
    old.waiting.add(0L);
    old.fillsUpAfter = 1;
    pass();
    pass();
    old.waiting.add(1L);
    old.closed = true;
    open().waiting.add(2L);
    pass();
    pass();
    assertThat(read).containsExactly(0L);
    assertThat(queue.hasMore()).as("a select may wait").isFalse();
    old.answer(100);
    assertThat(queue.hasMore()).isTrue();
    pass();
    assertThat(read).containsExactly(0L, 1L, 2L);
  }

  /** A hundred connections of a user, each of which takes a quarter of a slice for a read. */
  private List<Socket> openBusy() {
    Slice slice = new Slice();
    List<Socket> busy = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      Socket socket = new Socket(slice);
      socket.waiting.add((long) i);
      busy.add(socket);
    }
    pass();
    pass();
    assertThat(read).hasSize(100);
    read.clear();
    busy.forEach(socket -> socket.readNanos = ReadQueue.SLICE_NANOS / 4);
    return busy;
  }

  @Test
  void userWithManyBusyConnectionsLeavesOthersTheirTime() {
    List<Socket> busy = openBusy();
    Socket other = open();
    accept();
    for (int i = 0; i < 50; i++) {
      busy.forEach(socket -> socket.waiting.add((long) busy.indexOf(socket)));
      pass();
    }
    other.waiting.add(1000L);
    long before = nanos;
    pass();
    assertThat(read).contains(1000L);
    assertThat(nanos - before).isLessThanOrEqualTo(2 * ReadQueue.SLICE_NANOS);
    assertThat(read.stream().filter(value -> value < 1000).distinct()).hasSize(100);
  }

  @Test
  void userThatUsesUpItsTimeIsNotWaitedFor() {
    List<Socket> busy = openBusy();
    accept();
    for (int i = 0; i < 3; i++) {
      busy.forEach(socket -> LongStream.range(0, 10).forEach(socket.waiting::add));
      pass();
    }
    open().waiting.add(1000L);
    pass();
    pass();
    assertThat(read).contains(1000L);
  }

  @Test
  void newConnectionsOfUserThatUsesUpItsTimeAreNotWaitedFor() {
    List<Socket> busy = openBusy();
    for (int i = 0; i < 3; i++) {
      busy.forEach(socket -> LongStream.range(0, 10).forEach(socket.waiting::add));
      pass();
    }
    new Socket(busy.get(0).slice).waiting.add(OTHERS);
    pass();
    open().waiting.add(1000L);
    pass();
    pass();
    assertThat(read).contains(1000L);
  }

  /** A hundred dripping connections of a user, which were put aside. */
  private List<Socket> openDripping() {
    List<Socket> dripping = openBusy();
    for (Socket socket : dripping) {
      socket.drips = true;
      socket.readNanos = 1000;
      socket.waiting.add(OTHERS);
    }
    pass();
    assertThat(queue.hasDrips()).isTrue();
    return dripping;
  }

  @Test
  void connectionsThatDripAreReadOnceInRound() {
    List<Socket> dripping = openDripping();
    dripping.forEach(socket -> socket.reads = 0);
    for (int i = 0; i < 20; i++) {
      dripping.stream()
          .filter(socket -> socket.waiting.isEmpty())
          .forEach(socket -> socket.waiting.add(OTHERS));
      nanos += TimeUnit.MILLISECONDS.toNanos(ReadQueue.DRIP_MILLIS) / 10;
      pass();
    }
    assertThat(dripping).allSatisfy(socket -> assertThat(socket.reads).isBetween(1, 3));
  }

  @Test
  void connectionsThatDripHoldUpNoOtherUser() {
    openDripping();
    open().waiting.add(1000L);
    pass();
    pass();
    assertThat(read).containsExactly(1000L);
  }

  @Test
  void newConnectionWaitsForOlderOnesOfItsUserThatDrip() {
    List<Socket> dripping = openDripping();
    Socket old = dripping.get(0);
    old.waiting.add(1000L);
    old.closed = true;
    new Socket(old.slice).waiting.add(1001L);
    pass();
    pass();
    assertThat(read).isEmpty();
    nanos += 2 * TimeUnit.MILLISECONDS.toNanos(ReadQueue.DRIP_MILLIS);
    pass();
    pass();
    assertThat(read).containsExactly(1000L, 1001L);
  }
}
