package io.ppmq.broker.upkeep;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.ppmq.message.Bytes;
import io.ppmq.message.Rfc3339;
import io.ppmq.store.Origin;
import io.ppmq.topic.DeadMessage;
import io.ppmq.topic.Letter;
import io.ppmq.topic.Nack;
import java.io.ByteArrayOutputStream;
import java.time.Instant;

/**
 * A dead letter: a JSON object with the history of a message that died, and the message itself as
 * its last field, so that people and programs can read both.
 */
public final class DeadLetter {
  private static final int FIRST_PRINTABLE = 0x20;

  private final ByteArrayOutputStream json = new ByteArrayOutputStream(512);

  private DeadLetter() {}

  /**
   * The message for the dead-letter topic.
   *
   * @param why the reason for sending it again, to follow "not acknowledged"; unused for a nacked
   *     message
   */
  static Letter of(String topic, String subscriber, DeadMessage dead, long diedMillis, String why) {
    DeadLetter letter = new DeadLetter();
    letter.raw("{\"topic\":").quoted(topic);
    letter.raw(",\"subscriber\":").quoted(subscriber);
    letter.raw(",\"key\":").quoted(dead.key().text());
    letter.raw(",\"attempts\":" + dead.attempts());
    letter.raw(",\"published\":\"" + Instant.ofEpochMilli(dead.publishedAtMillis()));
    letter.raw("\",\"died\":\"" + Instant.ofEpochMilli(diedMillis));
    letter.raw("\",\"reason\":").quoted(reason(dead, why));
    letter.raw(",\"priority\":" + dead.priority());
    if (dead.expires() != null) {
      letter.raw(",\"expires\":\"" + Rfc3339.text(dead.expires()) + '"');
    }
    Bytes payload = dead.payload();
    letter.raw(",\"payload\":");
    int payloadAt = letter.json.size();
    letter.json.write(payload.array(), payload.offset(), payload.length());
    letter.raw("}");
    return new Letter(
        Bytes.of(letter.json.toByteArray()),
        new Origin.Buried(
            topic,
            subscriber,
            dead.producersKey(),
            dead.version(),
            dead.priority(),
            dead.expires(),
            payloadAt,
            dead.letter()));
  }

  private static String reason(DeadMessage dead, String why) {
    Nack nack = dead.nack();
    if (nack != null && nack.reason() != null) {
      return nack.reason();
    }
    String sent = dead.attempts() == 1 ? "sent once" : "sent " + dead.attempts() + " times";
    if (nack != null) {
      return sent + " and nacked" + (dead.attempts() == 1 ? "" : " the last time");
    }
    return sent + " and not acknowledged" + (dead.attempts() == 1 ? " " : ", the last time ") + why;
  }

  private DeadLetter raw(String text) {
    json.writeBytes(text.getBytes(UTF_8));
    return this;
  }

  private void quoted(String text) {
    StringBuilder quoted = new StringBuilder(text.length() + 2).append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        quoted.append('\\').append(c);
      } else if (c < FIRST_PRINTABLE) {
        quoted.append("\\u").append(Integer.toHexString(c | 0x10000).substring(1));
      } else {
        quoted.append(c);
      }
    }
    raw(quoted.append('"').toString());
  }
}
