package io.ppmq.admin;

import io.ppmq.http.BadRequest;
import io.ppmq.http.Body;
import io.ppmq.metrics.MetricsText;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The answers with metrics that are being sent. Each holds the figures of all topics until the
 * client has read it, so their number is bounded: a client that reads slowly loses its place to the
 * next one. Any thread.
 */
final class MetricsBodies {
  static final int MAX = 2;

  private static final long SLOW_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final int UNAVAILABLE = 503;

  private final List<MetricsBody> open = new ArrayList<>();

  /**
   * Makes another answer.
   *
   * @throws BadRequest if there are too many, and their clients read all of them quickly
   */
  Body make(Supplier<MetricsText> text) throws BadRequest {
    MetricsBody body = new MetricsBody();
    admit(body);
    boolean made = false;
    try {
      body.text = text.get();
      made = true;
      return body;
    } finally {
      if (!made) {
        body.close();
      }
    }
  }

  private synchronized void admit(MetricsBody body) throws BadRequest {
    if (open.size() >= MAX && !open.removeIf(MetricsBody::giveUpIfSlow)) {
      throw new BadRequest(UNAVAILABLE, "others are reading the metrics: ask again in a second");
    }
    open.add(body);
  }

  private synchronized void remove(MetricsBody body) {
    open.remove(body);
  }

  private final class MetricsBody implements Body {
    private volatile @Nullable MetricsText text;
    private volatile long takenNanos = System.nanoTime();

    @Override
    public byte @Nullable [] next() throws IOException {
      MetricsText now = text;
      takenNanos = System.nanoTime();
      if (now == null) {
        throw new IOException("the metrics were taken too slowly, and others asked for them");
      }
      byte[] portion = now.next();
      if (portion == null) {
        close();
      }
      return portion;
    }

    boolean giveUpIfSlow() {
      boolean slow = text != null && System.nanoTime() - takenNanos > SLOW_NANOS;
      if (slow) {
        text = null;
      }
      return slow;
    }

    @Override
    public void close() {
      text = null;
      remove(this);
    }
  }
}
