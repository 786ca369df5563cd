package io.ppmq.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.ppmq.broker.request.ErrorCode;
import io.ppmq.message.Bytes;
import java.util.Arrays;
import java.util.List;

/** The answer to a value with a confirm, as the bytes of a line. */
public final class AnswerLine {
  private static final byte[] CONFIRM = "{\"confirm\":\"".getBytes(UTF_8);
  private static final byte[] END = "\"}\n".getBytes(UTF_8);

  private AnswerLine() {}

  /**
   * The value has been carried out and is as durable as the configuration requires.
   *
   * @param gone the keys in Extend whose messages are not in flight
   */
  public static byte[] confirmed(String confirm, List<Bytes> gone) {
    return gone.isEmpty() && isPlain(confirm) ? plain(confirm) : confirmedWith(confirm, gone);
  }

  /**
   * Whether a text needs no escapes in JSON and has one byte for each character, as nearly all do.
   */
  private static boolean isPlain(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ' || c > '~' || c == '"' || c == '\\') {
        return false;
      }
    }
    return true;
  }

  private static byte[] plain(String confirm) {
    int length = confirm.length();
    byte[] line = Arrays.copyOf(CONFIRM, CONFIRM.length + length + END.length);
    for (int i = 0; i < length; i++) {
      line[CONFIRM.length + i] = (byte) confirm.charAt(i);
    }
    System.arraycopy(END, 0, line, CONFIRM.length + length, END.length);
    return line;
  }

  private static byte[] confirmedWith(String confirm, List<Bytes> gone) {
    StringBuilder line = new StringBuilder("{\"confirm\":").append(JsonText.quoted(confirm));
    String separator = ",\"gone\":[";
    for (Bytes key : gone) {
      line.append(separator).append(JsonText.quoted(key.text()));
      separator = ",";
    }
    return line.append(gone.isEmpty() ? "}\n" : "]}\n").toString().getBytes(UTF_8);
  }

  /**
   * The value is not confirmed, for {@code reason}; {@code code} says whether it may have taken
   * effect.
   */
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
