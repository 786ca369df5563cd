package io.ppmq.server;

import io.ppmq.broker.request.Command;
import io.ppmq.broker.request.ErrorCode;
import io.ppmq.broker.request.RefusedException;
import io.ppmq.broker.request.Submission;
import io.ppmq.broker.settings.Rules;
import io.ppmq.message.Bytes;
import io.ppmq.message.Message;
import io.ppmq.wire.Limits;
import org.jspecify.annotations.Nullable;

/**
 * The rules of a configuration for the values of peers: for their users and their sizes.
 *
 * @param access null without rules about users; the users of peers are then not looked up
 */
record PeerRules(@Nullable Access access, Limits limits) implements Rules {
  /** The peer of the admin interface: an administrator, and not one of the users. */
  private static final PeerUser ADMINISTRATOR = PeerUser.administrator();

  @Override
  public void checkRights(Submission submission) throws RefusedException {
    if (access != null) {
      PeerUser peer =
          submission.source() instanceof Connection connection ? connection.peer() : ADMINISTRATOR;
      access.check(submission.commands(), peer);
    }
  }

  @Override
  public void checkSizes(Submission submission) throws RefusedException {
    if (submission.bytes() > limits.valueBytesMax()) {
      throw new RefusedException(
          ErrorCode.TOO_LARGE, "a value longer than " + limits.valueBytesMax() + " bytes");
    }
    for (Command command : submission.commands()) {
      if (command instanceof Command.Publish publish) {
        for (Message message : publish.messages()) {
          checkSize(message.payload());
        }
      }
    }
  }

  private void checkSize(Bytes payload) throws RefusedException {
    int quotes = !payload.isEmpty() && payload.at(0) == '"' ? 2 : 0;
    if (payload.length() - quotes > limits.messageBytesMax()) {
      throw new RefusedException(
          ErrorCode.TOO_LARGE, "Payload is longer than " + limits.messageBytesMax() + " bytes");
    }
  }
}
