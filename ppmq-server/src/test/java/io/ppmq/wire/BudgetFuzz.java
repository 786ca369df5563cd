package io.ppmq.wire;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The properties of several connections that share an {@link InputBudget}, in any order of their
 * bytes; {@code ./ppmq-fuzz} looks for an order that breaks them.
 *
 * <ul>
 *   <li>All connections together never keep more than the pool and one largest value.
 *   <li>Every complete value is taken, or refused for its length.
 *   <li>A waiting connection continues when the others do.
 *   <li>All room is given back.
 * </ul>
 */
public final class BudgetFuzz {
  private static final int CONNECTIONS = 5;
  private static final int POOL_BYTES = 3 * InputBudget.SMALL_BYTES_MAX;
  private static final int VALUE_BYTES_MAX = 300_000;
  private static final int VALUES_MAX = 12;
  private static final int[] VALUE_BYTES = {
    10, 600, 60_000, 65_536, 65_537, 150_000, 300_000, 300_001
  };
  private static final int[] READ_BYTES = {1, 100, 4096, 1 << 16};
  private static final long STALLED_MILLIS = 5000;

  private final InputBudget budget =
      new InputBudget(
          new InputPool.Division(
              POOL_BYTES, InputBudget.SMALL_BYTES_MAX, InputBudget.SMALL_BYTES_MAX),
          () -> true);
  private final ValueParser parser = new ValueParser(new Limits(VALUE_BYTES_MAX, VALUE_BYTES_MAX));
  private final List<Line> lines = Stream.generate(Line::new).limit(CONNECTIONS).toList();
  private long nowMillis;
  private int values;

  private BudgetFuzz() {}

  /** Called by the fuzzer for each input: each byte is an event. */
  public static void fuzzerTestOneInput(byte[] input) {
    BudgetFuzz run = new BudgetFuzz();
    for (byte event : input) {
      run.happens(event & 0xff);
      run.checkBound();
    }
    run.goOn();
    run.checkAllGivenBack();
  }

  private static void check(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }

  private void happens(int event) {
    Line line = lines.get(event % CONNECTIONS);
    int what = event / CONNECTIONS;
    if (what < VALUE_BYTES.length) {
      if (values++ < VALUES_MAX) {
        line.send(VALUE_BYTES[what]);
      }
    } else if (what < 40) {
      line.read(READ_BYTES[what % READ_BYTES.length]);
    } else if (what < 45) {
      nowMillis += STALLED_MILLIS / 2;
      budget.endStalled(nowMillis, STALLED_MILLIS);
      lines.forEach(Line::endIfStalled);
    } else {
      line.close();
    }
  }

  private void checkBound() {
    long kept = lines.stream().mapToLong(line -> line.decoder.keptBytes()).sum();
    check(kept <= POOL_BYTES + VALUE_BYTES_MAX, kept + " bytes are kept");
  }

  /** All connections send the rest of their values, as long as one of them can. */
  private void goOn() {
    boolean moved = true;
    while (moved) {
      moved = false;
      for (Line line : lines) {
        moved |= line.read(1 << 16);
        checkBound();
      }
    }
    for (Line line : lines) {
      check(line.unread() == 0, "a connection waits for ever");
      check(line.told == line.sent, line.told + " values of " + line.sent + " were told of");
    }
  }

  private void checkAllGivenBack() {
    lines.forEach(line -> line.decoder.close());
    List<Line> others = List.of(new Line(), new Line());
    for (Line other : others) {
      other.decoder.proven = true;
      other.send(InputBudget.SMALL_BYTES_MAX);
      check(
          other.read(InputBudget.SMALL_BYTES_MAX - 1) && !budget.hasTurn(other.decoder),
          "room was not given back");
    }
    others.forEach(other -> other.decoder.close());
  }

  /** A connection and the unread bytes of its peer. */
  private final class Line implements Sink {
    private Decoder decoder = new Decoder(parser, budget, this);
    private final List<byte[]> values = new ArrayList<>();
    private int at;
    private boolean waits;
    private boolean stalled;
    private int sent;
    private int told;

    void send(int bytes) {
      String value = "{\"x\":\"" + "y".repeat(bytes - 8) + "\"}";
      values.add(value.getBytes(US_ASCII));
      sent++;
    }

    int unread() {
      return values.size();
    }

    /** Reads up to {@code bytes} bytes if there is room; returns whether it read. */
    boolean read(int bytes) {
      if (waits || values.isEmpty()) {
        return false;
      }
      int room = decoder.room();
      if (room == 0) {
        waits = true;
        return false;
      }
      byte[] value = values.get(0);
      int to = Math.min(value.length, at + Math.min(room, bytes));
      check(decoder.feed(value, at, to), "JSON was broken");
      at = to;
      if (at == value.length) {
        values.remove(0);
        at = 0;
      }
      return true;
    }

    void endIfStalled() {
      if (stalled) {
        close();
      }
    }

    /** Replaces the peer by a new one. */
    void close() {
      decoder.close();
      decoder = new Decoder(parser, budget, this);
      values.clear();
      at = 0;
      waits = false;
      stalled = false;
      sent = 0;
      told = 0;
    }

    @Override
    public void request(Request request, long offset, int bytes) {
      told++;
    }

    @Override
    public void refused(Refusal refusal) {
      check(refusal.reason().startsWith("a value longer"), refusal.reason());
      told++;
    }

    @Override
    public void skipped(Refusal refusal) {
      throw new AssertionError("nobody asked for a confirm");
    }

    @Override
    public void broken(Refusal refusal) {
      throw new AssertionError("broken: " + refusal.reason());
    }

    @Override
    public void roomAgain() {
      waits = false;
    }

    @Override
    public boolean isRead() {
      return !waits;
    }

    @Override
    public void stalled() {
      stalled = true;
    }
  }
}
