/**
 * The interface between the program and a cluster, in which several machines keep one queue
 * together.
 *
 * <p>The program asks {@link io.ppmq.cluster.Clusters} for a {@link io.ppmq.cluster.Member}, and
 * gives it the receiver of its reports ({@link io.ppmq.cluster.Leadership}) and the destinations of
 * bytes from other nodes ({@link io.ppmq.cluster.Relays}). The cluster itself is a module of its
 * own, which is loaded only for a configuration that has {@code Cluster}; so is this package.
 */
@NullMarked
package io.ppmq.cluster;

import org.jspecify.annotations.NullMarked;
