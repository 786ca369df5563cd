package io.ppmq.store;

import io.ppmq.message.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * A stored item that expires: an entry of a log, or a keyed message.
 *
 * @param topic the topic's name
 * @param atMillis its expiry, in milliseconds since the epoch
 * @param priority the log of the entry; unused for a keyed message
 * @param id the first id of the entry; unused for a keyed message
 * @param key the key of a keyed message; null for an entry
 */
public record Expiring(String topic, long atMillis, int priority, long id, @Nullable Bytes key) {}
