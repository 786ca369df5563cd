package io.ppmq.bench.jmh;

import io.ppmq.message.Bytes;
import io.ppmq.message.Delivery;
import io.ppmq.wire.BatchEncoder;
import io.ppmq.wire.Decoder;
import io.ppmq.wire.InputBudget;
import io.ppmq.wire.Limits;
import io.ppmq.wire.Refusal;
import io.ppmq.wire.Request;
import io.ppmq.wire.Sink;
import io.ppmq.wire.ValueParser;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** From the bytes of a connection to requests, and from batches to bytes. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(Texts.MESSAGES)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class WireBenchmark {
  private final byte[] publish = Texts.publish();
  private final byte[] acknowledgement = Texts.acknowledgement();
  private final List<Delivery> deliveries = Texts.deliveries();
  private final Bytes opening = BatchEncoder.opening("topic0", "subscriber0");
  private final ByteBuffer out = ByteBuffer.allocate(64 << 10);
  private final Last last = new Last();
  private final Decoder decoder =
      new Decoder(new ValueParser(new Limits(4 << 20, 16 << 20)), new InputBudget(), last);

  /** Decodes and reads a value of messages. */
  @Benchmark
  public @Nullable Request parsePublish() {
    return parse(publish);
  }

  /** Decodes and reads the acknowledgement of a batch. */
  @Benchmark
  public @Nullable Request parseAcknowledgement() {
    return parse(acknowledgement);
  }

  private @Nullable Request parse(byte[] value) {
    decoder.room();
    decoder.feed(value, 0, value.length);
    return last.request;
  }

  /** Encodes a batch. */
  @Benchmark
  public ByteBuffer encodeBatch() {
    out.clear();
    new BatchEncoder(opening, deliveries).encode(out);
    return out;
  }

  /** Keeps the last request, and ignores other reports. */
  private static final class Last implements Sink {
    private @Nullable Request request;

    @Override
    public void request(Request request, long offset, int bytes) {
      this.request = request;
    }

    @Override
    public void refused(Refusal refusal) {
      throw new IllegalStateException(refusal.toString());
    }

    @Override
    public void skipped(Refusal refusal) {
      throw new IllegalStateException(refusal.toString());
    }

    @Override
    public void broken(Refusal refusal) {
      throw new IllegalStateException(refusal.toString());
    }

    @Override
    public void roomAgain() {}

    @Override
    public boolean isRead() {
      return true;
    }

    @Override
    public void stalled() {}
  }
}
