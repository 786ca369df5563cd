package io.ppmq.server;

import io.ppmq.broker.Answer;
import io.ppmq.broker.ErrorCode;
import io.ppmq.wire.Refusal;

/** Answers one submission of a connection. Called on threads of the broker. */
final class Confirm implements Answer {
  private final Connection connection;
  private final String confirm;
  private final long offset;
  private final boolean asked;

  private Confirm(Connection connection, String confirm, long offset, boolean asked) {
    this.connection = connection;
    this.confirm = confirm;
    this.offset = offset;
    this.asked = asked;
  }

  /** Answers in any case. */
  static Confirm of(Connection connection, String confirm, long offset) {
    return new Confirm(connection, confirm, offset, true);
  }

  /** Answers when it is refused, though nobody has asked. */
  static Confirm ofRefusal(Connection connection, long offset) {
    return new Confirm(connection, "", offset, false);
  }

  @Override
  public void confirmed() {
    if (asked) {
      later(io.ppmq.wire.Answer.confirmed(confirm));
    }
  }

  @Override
  public void failed(String reason) {
    later(io.ppmq.wire.Answer.refused(confirm, ErrorCode.IN_DOUBT, reason));
  }

  @Override
  public void refused(ErrorCode code, String reason) {
    String sentence = new Refusal(offset, code, reason, confirm).sentence();
    later(io.ppmq.wire.Answer.refused(confirm, code, sentence));
  }

  private void later(byte[] line) {
    connection.answerLater(asked ? confirm : null, line);
  }
}
