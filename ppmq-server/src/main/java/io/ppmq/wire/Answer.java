package io.ppmq.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

/** The line that answers a value with a confirm, as the bytes that go to its producer. */
public final class Answer {
  private Answer() {}

  /** What the value asked for has been done and is as durable as the configuration says. */
  public static byte[] confirmed(String confirm) {
    return ("{\"confirm\":" + JsonText.quoted(confirm) + "}\n").getBytes(UTF_8);
  }

  /** Nothing of the value has been done, for {@code reason}. */
  public static byte[] refused(String confirm, String reason) {
    String fields = JsonText.quoted(confirm) + ",\"error\":" + JsonText.quoted(reason);
    return ("{\"confirm\":" + fields + "}\n").getBytes(UTF_8);
  }
}
