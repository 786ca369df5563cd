package io.ppmq.admin;

import io.ppmq.broker.request.RefusedException;
import io.ppmq.http.BadRequest;
import io.ppmq.http.Body;
import io.ppmq.http.Response;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The answers that are being sent and hold much until the client has read them, such as the figures
 * of all topics, or large messages. Their number is bounded: a client that reads slowly loses its
 * place to the next one. Any thread.
 */
final class HeavyAnswers {
  static final int MAX = 2;

  private static final int GIVEN_UP_MAX = 4;
  private static final long SLOW_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final String subject;
  private final List<Heavy> open = new ArrayList<>();

  /** The answers that lost their place, and have a last portion until their connections end. */
  private int givenUp;

  /**
   * No answers.
   *
   * @param subject the noun for their contents
   */
  HeavyAnswers(String subject) {
    this.subject = subject;
  }

  /** Makes an answer. */
  interface Making {
    /** Makes the answer. */
    Response make() throws IOException, BadRequest, RefusedException;
  }

  /**
   * Makes another answer.
   *
   * @throws BadRequest if there are too many, and their clients read all of them quickly
   */
  Response make(Making making) throws IOException, BadRequest, RefusedException {
    Heavy heavy = new Heavy();
    admit(heavy);
    boolean made = false;
    try {
      Response response = making.make();
      heavy.body = response.body();
      heavy.restsSinceNanos = System.nanoTime();
      heavy.rests = true;
      made = true;
      return new Response(response.status(), response.headers(), response.length(), heavy);
    } finally {
      if (!made) {
        heavy.close();
      }
    }
  }

  private synchronized void admit(Heavy heavy) throws BadRequest {
    if (open.size() >= MAX && !giveUpSlow()) {
      throw BadRequest.busy("others are reading " + subject + ": ask again in a second");
    }
    open.add(heavy);
  }

  private boolean giveUpSlow() {
    boolean any = false;
    for (Heavy heavy : List.copyOf(open)) {
      if (givenUp < GIVEN_UP_MAX && heavy.giveUpIfSlow()) {
        open.remove(heavy);
        givenUp++;
        any = true;
      }
    }
    return any;
  }

  private synchronized void closed(Heavy heavy) {
    if (!heavy.closed) {
      heavy.closed = true;
      if (!open.remove(heavy)) {
        givenUp--;
      }
    }
  }

  private final class Heavy implements Body {
    private volatile @Nullable Body body;
    private volatile long restsSinceNanos;

    /** Whether the client has everything that was produced, or still reads it. */
    private volatile boolean rests;

    /** Guarded by the answers. */
    private boolean closed;

    @Override
    public byte @Nullable [] next() throws IOException {
      rests = false;
      Body now = body;
      if (now == null) {
        throw new IOException(
            "the answer with " + subject + " was read too slowly, and others asked for one");
      }
      byte[] portion = now.next();
      if (portion == null) {
        close();
      }
      restsSinceNanos = System.nanoTime();
      rests = true;
      return portion;
    }

    boolean giveUpIfSlow() {
      boolean slow = rests && System.nanoTime() - restsSinceNanos > SLOW_NANOS;
      if (slow) {
        body = null;
      }
      return slow;
    }

    @Override
    public void close() {
      body = null;
      closed(this);
    }
  }
}
