package io.ppmq.broker;

import java.util.List;

/**
 * Commands that are applied one after another and committed together.
 *
 * @param commands what is asked
 * @param bytes how much memory it holds while it waits, for the bound on input
 * @param answer who hears of its commit; {@link Answer#NONE} for nobody
 */
public record Submission(List<Command> commands, int bytes, Answer answer) {}
