package io.ppmq.broker.stats;

/**
 * A bounded resource of the broker, and how much of it is in use now.
 *
 * @param name what it is, as the name of a metric ends: words in lower case with underscores
 *     between them, the unit last
 * @param meaning the same as a sentence
 * @param used may be a little more than {@code max}: one that is larger than all of it is let in
 *     alone
 * @param max how much there may be
 */
public record Bound(String name, String meaning, long used, long max) {}
