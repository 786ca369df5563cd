package io.ppmq.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.ppmq.broker.request.RefusedException;
import io.ppmq.http.BadRequest;
import io.ppmq.http.Body;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A change in portions, so that a client sees that a long one goes on. */
interface Portioned {
  /** Changes a portion; returns the answer after the last portion, otherwise null. */
  @Nullable String portion() throws BadRequest, RefusedException, IOException;

  /** The rest of a change as the content of its answer: a line feed for each portion before it. */
  final class Rest implements Body {
    private final Portioned change;
    private boolean done;

    Rest(Portioned change) {
      this.change = change;
    }

    @Override
    public byte @Nullable [] next() throws IOException {
      if (done) {
        return null;
      }
      try {
        String answer = change.portion();
        done = answer != null;
        return (answer == null ? "\n" : answer).getBytes(UTF_8);
      } catch (BadRequest | RefusedException | IllegalStateException e) {
        throw new IOException("a change ended before all was done: " + e.getMessage(), e);
      }
    }
  }
}
