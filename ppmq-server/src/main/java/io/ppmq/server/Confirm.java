package io.ppmq.server;

import io.ppmq.broker.request.Answer;
import io.ppmq.broker.request.ErrorCode;
import io.ppmq.message.Bytes;
import io.ppmq.wire.AnswerLine;
import io.ppmq.wire.Refusal;
import java.util.List;

/** Answers one submission of a connection. Called on threads of the broker. */
final class Confirm implements Answer {
  private final Connection connection;
  private final String confirm;
  private final long offset;
  private final boolean asked;
  private final int length;
  private List<Bytes> gone = List.of();

  private Confirm(Connection connection, String confirm, long offset, boolean asked, int length) {
    this.connection = connection;
    this.confirm = confirm;
    this.offset = offset;
    this.asked = asked;
    this.length = length;
  }

  /** Answers in any case, with a text of about this length. */
  static Confirm of(Connection connection, String confirm, long offset, int length) {
    return new Confirm(connection, confirm, offset, true, length);
  }

  /** Answers if it is refused, even without Confirm. */
  static Confirm ofRefusal(Connection connection, long offset) {
    return new Confirm(connection, "", offset, false, 0);
  }

  @Override
  public void gone(List<Bytes> keys) {
    if (asked) {
      gone = keys.stream().map(Bytes::copy).toList(); // frees the rest of the value
    }
  }

  @Override
  public void confirmed() {
    if (asked) {
      later(AnswerLine.confirmed(confirm, gone));
    }
  }

  @Override
  public void failed(String reason) {
    later(AnswerLine.refused(confirm, ErrorCode.IN_DOUBT, reason));
  }

  @Override
  public void refused(ErrorCode code, String reason) {
    String sentence = new Refusal(offset, code, reason, confirm).sentence();
    later(AnswerLine.refused(confirm, code, sentence));
  }

  private void later(byte[] line) {
    connection.answerLater(asked ? length : -1, line);
  }
}
