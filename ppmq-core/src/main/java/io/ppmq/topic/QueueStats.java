package io.ppmq.topic;

/**
 * The state of one subscriber's queue in one topic.
 *
 * @param subscriber the subscriber's name
 * @param attached whether the configuration still names it; if not, its messages are only stored
 * @param backlog messages that wait: never sent, or to be sent again
 * @param inFlight messages that are out and not acknowledged
 * @param nacked messages that were nacked and are not due yet
 * @param diskBytes the approximate disk space of the waiting messages in bytes; 0 if nothing is
 *     stored on a disk
 * @param oldestMillis when the oldest message that waits and can be read was published, in
 *     milliseconds since the epoch; 0 when there is none
 * @param delivered messages pushed since the start, each push counted
 * @param acknowledged messages acknowledged since the start
 * @param redelivered messages pushed again since the start, each push counted
 * @param expired messages that expired before they were acknowledged, since the start
 * @param died messages that reached their limit of deliveries to it, since the start
 */
public record QueueStats(
    String subscriber,
    boolean attached,
    long backlog,
    long inFlight,
    long nacked,
    long diskBytes,
    long oldestMillis,
    long delivered,
    long acknowledged,
    long redelivered,
    long expired,
    long died) {}
