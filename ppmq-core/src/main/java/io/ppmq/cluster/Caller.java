package io.ppmq.cluster;

import org.jspecify.annotations.Nullable;

/**
 * Whose connection is relayed.
 *
 * @param user the name of the unix user who connected; null where there is none, as for TCP
 * @param node the name of the node that relays
 */
public record Caller(@Nullable String user, String node) {}
