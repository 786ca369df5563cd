package io.ppmq.admin;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** JSON that is written in portions: the caller takes the written text after each. */
final class JsonPortions {
  /** The size from which a portion is worth a write. */
  static final int PORTION_BYTES = 16 << 10;

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .disable(JsonFactory.Feature.USE_THREAD_LOCAL_FOR_BUFFER_RECYCLING)
          .build();

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final JsonGenerator json;

  JsonPortions() throws IOException {
    this.json = FACTORY.createGenerator(out);
  }

  /** The generator that writes into the portion. */
  JsonGenerator json() {
    return json;
  }

  /** Whether the written text is large enough for a portion. */
  boolean isEnough() {
    return out.size() + json.getOutputBuffered() >= PORTION_BYTES;
  }

  /** The text written since the last time; null when there is none. */
  byte @Nullable [] take() throws IOException {
    json.flush();
    byte[] portion = out.toByteArray();
    out.reset();
    return portion.length == 0 ? null : portion;
  }
}
