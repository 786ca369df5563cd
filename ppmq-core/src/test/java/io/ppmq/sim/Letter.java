package io.ppmq.sim;

import io.ppmq.message.Bytes;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A dead letter as it is written.
 *
 * @param topic the topic in which the message died
 * @param subscriber the subscriber for which it died
 * @param key the key with which it was delivered
 * @param attempts the number of deliveries
 * @param reason the reason of the death
 * @param priority the priority of the message
 * @param payload the payload of the message that died
 */
record Letter(
    String topic,
    String subscriber,
    Bytes key,
    int attempts,
    String reason,
    int priority,
    Bytes payload) {
  private static final Pattern FORM =
      Pattern.compile(
          "\\{\"topic\":\"(\\w+)\",\"subscriber\":\"(.+?)\",\"key\":\"(.+?)\",\"attempts\":(\\d+),"
              + "\"published\":\".+?\",\"died\":\".+?\",\"reason\":\"(.+?)\",\"priority\":(\\d+)"
              + "(?:,\"expires\":\".+?\")?,\"payload\":(.*)}");

  /** Whether this is the payload of a letter; all other payloads are texts. */
  static boolean isOne(Bytes payload) {
    return payload.at(0) == '{';
  }

  static Letter of(Bytes written) {
    Matcher form = FORM.matcher(written.text());
    if (!form.matches()) {
      throw new Violation(
          Invariant.DEAD_LETTERS, "a dead letter has an unexpected form: " + written.text());
    }
    return new Letter(
        form.group(1),
        form.group(2),
        Bytes.utf8(form.group(3)),
        Integer.parseInt(form.group(4)),
        form.group(5),
        Integer.parseInt(form.group(6)),
        Bytes.utf8(form.group(7)));
  }
}
