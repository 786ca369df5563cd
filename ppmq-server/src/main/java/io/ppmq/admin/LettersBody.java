package io.ppmq.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonGenerator;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.http.Body;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A line of JSON for each dead letter: the topic where it lies, its key there, and the letter
 * itself. An empty line shows that many other messages were looked at.
 */
final class LettersBody implements Body {
  private static final byte[] NOTHING_YET = "\n".getBytes(UTF_8);

  private final LetterWalk walk;
  private int left;

  LettersBody(LetterWalk walk, int max) {
    this.walk = walk;
    this.left = max;
  }

  @Override
  public byte @Nullable [] next() throws IOException {
    if (left == 0) {
      return null;
    }
    try {
      List<LetterWalk.Found> found = walk.next();
      if (found == null) {
        return null;
      }
      JsonPortions out = new JsonPortions();
      for (LetterWalk.Found letter : found.subList(0, Math.min(left, found.size()))) {
        write(letter, out.json());
        left--;
      }
      byte[] portion = out.take();
      return portion == null ? NOTHING_YET : portion;
    } catch (RefusedException | IllegalStateException e) {
      throw new IOException("not all dead letters are shown: " + e.getMessage(), e);
    }
  }

  private static void write(LetterWalk.Found found, JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("deadLetter", found.grave());
    json.writeStringField("id", found.message().key().text());
    json.writeFieldName("letter");
    json.writeRawValue(onOneLine(found.message().payload().text()));
    json.writeEndObject();
    json.writeRaw('\n');
  }

  /** Line ends in JSON stand only between tokens: strings have escapes for them. */
  private static String onOneLine(String json) {
    return json.replace('\n', ' ').replace('\r', ' ');
  }
}
