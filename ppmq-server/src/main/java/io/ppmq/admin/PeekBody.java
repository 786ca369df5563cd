package io.ppmq.admin;

import com.fasterxml.jackson.core.io.SerializedString;
import io.ppmq.http.Body;
import io.ppmq.topic.PeekedMessage;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A JSON array with a line for each message. */
final class PeekBody implements Body {
  private final Iterator<PeekedMessage> messages;
  private final JsonPortions out = new JsonPortions();
  private boolean any;
  private boolean ended;

  PeekBody(List<PeekedMessage> messages) throws IOException {
    this.messages = messages.iterator();
    out.json().setRootValueSeparator(new SerializedString(",\n"));
    out.json().writeRaw("[\n");
  }

  @Override
  public byte @Nullable [] next() throws IOException {
    while (!ended && !out.isEnough()) {
      if (messages.hasNext()) {
        Json.peeked(out.json(), messages.next());
        any = true;
      } else {
        out.json().writeRaw(any ? "\n]\n" : "]\n");
        ended = true;
      }
    }
    return out.take();
  }
}
