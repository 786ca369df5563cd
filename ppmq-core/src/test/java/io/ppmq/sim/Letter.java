package io.ppmq.sim;

import io.ppmq.message.Bytes;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A dead letter as it is written: who died, for whom, and after how many deliveries.
 *
 * @param topic the topic in which it died
 * @param subscriber for whom
 * @param key under which key it was delivered
 * @param attempts how often
 * @param reason why it died
 * @param priority with which priority
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

  /** Whether this is the payload of a letter; all others are texts. */
  static boolean isOne(Bytes payload) {
    return payload.at(0) == '{';
  }

  static Letter of(Bytes written) {
    Matcher form = FORM.matcher(written.text());
    if (!form.matches()) {
      throw new Violation(Invariant.DEAD_LETTERS, "a letter has another form: " + written.text());
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
