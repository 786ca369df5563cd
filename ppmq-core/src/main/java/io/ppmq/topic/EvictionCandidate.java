package io.ppmq.topic;

import io.ppmq.store.KeyedMessage;
import org.jspecify.annotations.Nullable;

/**
 * A retained message that can be evicted.
 *
 * @param logPriority the log in which it lies, or its place
 * @param id its id, or that of its place
 * @param kept the message, if it is keyed; null otherwise
 * @param payloadBytes the size of the payload; of meaning only for a message that is not keyed
 */
record EvictionCandidate(int logPriority, long id, @Nullable KeyedMessage kept, int payloadBytes) {}
