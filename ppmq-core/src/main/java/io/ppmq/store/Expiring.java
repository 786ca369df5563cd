package io.ppmq.store;

import io.ppmq.message.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * Something kept that expires: an entry of a log, or the message under a key.
 *
 * @param topic the topic's name
 * @param atMillis when it expires, in milliseconds since the epoch
 * @param priority the log of the entry; of no meaning for a keyed message
 * @param id the first id of the entry; of no meaning for a keyed message
 * @param key the key of a keyed message; null for an entry
 */
public record Expiring(String topic, long atMillis, int priority, long id, @Nullable Bytes key) {}
