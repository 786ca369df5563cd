package io.ppmq.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.ppmq.broker.ErrorCode;
import io.ppmq.message.Bytes;
import java.util.List;

/** The line that answers a value with a confirm, as the bytes that go to its producer. */
public final class Answer {
  private Answer() {}

  /**
   * What the value asked for has been done and is as durable as the configuration says.
   *
   * @param gone keys of messages whose time was to begin again, and that are not out
   */
  public static byte[] confirmed(String confirm, List<Bytes> gone) {
    StringBuilder line = new StringBuilder("{\"confirm\":").append(JsonText.quoted(confirm));
    String separator = ",\"gone\":[";
    for (Bytes key : gone) {
      line.append(separator).append(JsonText.quoted(key.text()));
      separator = ",";
    }
    return line.append(gone.isEmpty() ? "}\n" : "]}\n").toString().getBytes(UTF_8);
  }

  /** The value is not confirmed, for {@code reason}; {@code code} says whether it may be done. */
  public static byte[] refused(String confirm, ErrorCode code, String reason) {
    String fields =
        JsonText.quoted(confirm)
            + ",\"error\":"
            + JsonText.quoted(reason)
            + ",\"code\":"
            + JsonText.quoted(code.word());
    return ("{\"confirm\":" + fields + "}\n").getBytes(UTF_8);
  }
}
