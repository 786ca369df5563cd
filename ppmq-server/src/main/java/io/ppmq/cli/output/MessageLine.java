package io.ppmq.cli.output;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.ppmq.client.ReceivedMessage;
import io.ppmq.message.Printable;
import io.ppmq.message.Rfc3339;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;

/** A delivered message as a line of JSON, without characters that a terminal would obey. */
public final class MessageLine {
  private static final JsonFactory FACTORY = new JsonFactory();

  private MessageLine() {}

  public static String of(String topic, ReceivedMessage message) {
    StringWriter line = new StringWriter();
    try (JsonGenerator json = FACTORY.createGenerator(line)) {
      json.writeStartObject();
      json.writeStringField("topic", topic);
      json.writeStringField("key", message.key());
      json.writeFieldName("payload");
      json.writeRawValue(message.payload());
      if (message.expires() != null) {
        json.writeStringField("expires", Rfc3339.text(message.expires()));
      }
      json.writeNumberField("priority", message.priority());
      json.writeNumberField("attempt", message.attempt());
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("a message cannot be written", e);
    }
    return shown(line.toString());
  }

  /**
   * The same JSON on one line, without characters that a terminal would obey. Line ends and tabs in
   * JSON stand only between tokens, where no escape may: strings have escapes for them.
   */
  public static String shown(String json) {
    return Printable.of(json.replace('\n', ' ').replace('\r', ' ').replace('\t', ' '));
  }
}
