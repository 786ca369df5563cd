package io.ppmq.admin;

import com.fasterxml.jackson.core.io.SerializedString;
import io.ppmq.http.Body;
import io.ppmq.topic.ExportPage;
import io.ppmq.topic.ExportPosition;
import io.ppmq.topic.ExportedMessage;
import java.io.IOException;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * A line of JSON for each message of a portion, and a last one with the position of the next
 * portion.
 */
final class ExportBody implements Body {
  private final Iterator<ExportedMessage> messages;
  private final JsonPortions out = new JsonPortions();
  private @Nullable ExportPosition next;

  ExportBody(ExportPage page) throws IOException {
    this.messages = page.messages().iterator();
    this.next = page.next();
    out.json().setRootValueSeparator(new SerializedString(""));
  }

  @Override
  public byte @Nullable [] next() throws IOException {
    while (!out.isEnough() && messages.hasNext()) {
      Json.exported(out.json(), messages.next());
      out.json().writeRaw('\n');
    }
    if (!messages.hasNext() && next != null) {
      out.json().writeStartObject();
      out.json().writeStringField("next", ExportForm.text(next));
      out.json().writeEndObject();
      out.json().writeRaw('\n');
      next = null;
    }
    return out.take();
  }
}
