package io.ppmq.broker;

import java.util.List;

/**
 * Commands that are applied one after another and committed together.
 *
 * @param commands what is asked
 * @param bytes how much memory it holds while it waits, for the bound on input
 * @param answer who hears of its commit; {@link Answer#NONE} for nobody
 * @param source who hands it in
 */
public record Submission(List<Command> commands, int bytes, Answer answer, Source source) {
  /** A submission by itself, which can wait for room. */
  public Submission(List<Command> commands, int bytes, Answer answer) {
    this(commands, bytes, answer, Source.patient());
  }

  /** How many messages it publishes. */
  int messages() {
    int messages = 0;
    for (Command command : commands) {
      messages += command instanceof Command.Publish publish ? publish.messages().size() : 0;
    }
    return messages;
  }
}
