package io.ppmq.broker.stats;

/**
 * A bounded resource of the broker, and how much of it is in use now.
 *
 * @param name the resource, in the form of the end of a metric's name: words in lower case with
 *     underscores between them, the unit last
 * @param meaning the same as a sentence
 * @param used the used amount; it may exceed {@code max}, since one item larger than the bound is
 *     admitted alone
 * @param max the bound
 */
public record Bound(String name, String meaning, long used, long max) {}
