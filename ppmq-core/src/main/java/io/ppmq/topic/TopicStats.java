package io.ppmq.topic;

import io.ppmq.store.Delays;
import java.util.List;

/**
 * The state of a topic.
 *
 * @param topic the topic's name
 * @param published messages published since the start
 * @param dropped messages published since the start while there was no subscriber
 * @param replaced messages since the start that were replaced by a newer one with their key
 * @param clamped messages since the start whose priority the topic does not have; they got the
 *     nearest
 * @param delays the delayed messages
 * @param delayedExpired messages since the start that expired before their moment
 * @param limits its limits and their use
 * @param deliveries the ages of messages at the end of their first push to a subscriber, from
 *     storing or from their moment
 * @param acknowledgements the ages of messages at their acknowledgement by a subscriber
 * @param queues its subscribers
 */
public record TopicStats(
    String topic,
    long published,
    long dropped,
    long replaced,
    long clamped,
    Delays delays,
    long delayedExpired,
    LimitStats limits,
    AgeCounts deliveries,
    AgeCounts acknowledgements,
    List<QueueStats> queues) {}
