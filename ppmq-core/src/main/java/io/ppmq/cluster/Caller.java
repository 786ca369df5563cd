package io.ppmq.cluster;

import org.jspecify.annotations.Nullable;

/**
 * The user of a relayed connection.
 *
 * @param user the name of the unix user who connected; null if there is none, as for TCP
 * @param node the name of the node that relays
 */
public record Caller(@Nullable String user, String node) {}
