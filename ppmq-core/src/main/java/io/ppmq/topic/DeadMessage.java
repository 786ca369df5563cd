package io.ppmq.topic;

import io.ppmq.message.Bytes;
import io.ppmq.store.Origin;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A message that reached its limit of deliveries to a subscriber without an acknowledgement, or
 * that the subscriber rejected for good. It is not in the subscriber's queue any more.
 *
 * @param key the key under which it was delivered
 * @param producersKey the same, if a producer gave it; null where the broker did
 * @param version which version of the producer's key it is; 0 without one
 * @param letter the dead letter that it is itself, if it is one
 * @param payload the JSON text of its payload
 * @param expires when it expires as its producer wrote it; null for never
 * @param priority its priority
 * @param attempts the number of its deliveries
 * @param nack the nack of the subscriber that killed it, if one did
 * @param publishedAtMillis when it was published, in milliseconds since the epoch
 */
public record DeadMessage(
    Bytes key,
    @Nullable Bytes producersKey,
    long version,
    Origin.@Nullable Buried letter,
    Bytes payload,
    @Nullable Instant expires,
    int priority,
    int attempts,
    @Nullable Nack nack,
    long publishedAtMillis) {}
