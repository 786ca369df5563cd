/**
 * What the program and a cluster say to each other, where several machines keep one queue together.
 *
 * <p>The program asks {@link io.ppmq.cluster.Clusters} for a {@link io.ppmq.cluster.Member}, and
 * gives it what it is to be told ({@link io.ppmq.cluster.Leadership}) and what it is to bring bytes
 * from other nodes to ({@link io.ppmq.cluster.Relays}). The cluster itself is a module of its own,
 * which is loaded only for a configuration that has {@code Cluster}; so is this package.
 */
@NullMarked
package io.ppmq.cluster;

import org.jspecify.annotations.NullMarked;
