package io.ppmq.message;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A message as a subscriber gets it.
 *
 * @param key what the subscriber acknowledges, in UTF-8; unique among what is out with it
 * @param payload the JSON text of the payload, byte for byte as it was published
 * @param expires when the message expires, as its producer wrote it; null when it does not
 * @param priority its priority; 0 is the highest
 * @param attempt which delivery this is, counted from 1
 */
public record Delivery(
    Bytes key, Bytes payload, @Nullable Instant expires, int priority, int attempt) {}
