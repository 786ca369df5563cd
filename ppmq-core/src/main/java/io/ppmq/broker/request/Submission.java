package io.ppmq.broker.request;

import io.ppmq.broker.port.Source;
import io.ppmq.store.SharedCommits;
import java.util.List;

/**
 * Commands that are applied one after another and committed together.
 *
 * @param commands the commands, in their order
 * @param bytes its size on the wire, for the bound on input
 * @param answer receives the outcome; {@link Answer#NONE} if none is wanted
 * @param source its source
 */
public record Submission(List<Command> commands, int bytes, Answer answer, Source source) {
  /** The largest submission, in memory, where several machines keep each commit. */
  public static final long SHARED_BYTES_MAX = SharedCommits.VALUE_BYTES_MAX;

  /** The memory that a message or a key takes besides its bytes. */
  private static final int ELEMENT_BYTES = 80;

  /** A submission by itself, which can wait for room. */
  public Submission(List<Command> commands, int bytes, Answer answer) {
    this(commands, bytes, answer, Source.patient());
  }

  /** The number of messages that it publishes. */
  public int messages() {
    int messages = 0;
    for (Command command : commands) {
      messages += command instanceof Command.Publish publish ? publish.messages().size() : 0;
    }
    return messages;
  }

  /** The approximate memory that it takes; for short messages many times its bytes. */
  public long memoryBytes() {
    long elements = 0;
    for (Command command : commands) {
      elements += command.elements();
    }
    return bytes + elements * ELEMENT_BYTES;
  }

  /**
   * Checks that several machines can keep it as one commit.
   *
   * @throws RefusedException when it is too large for that
   */
  public void checkShared() throws RefusedException {
    if (memoryBytes() > SHARED_BYTES_MAX) {
      throw new RefusedException(
          ErrorCode.TOO_LARGE,
          "a value of "
              + bytes
              + " bytes with so much in it cannot be kept by several machines at once: divide it");
    }
  }
}
