/**
 * A cluster on Apache Ratis. It is one Raft group; each entry of the log is a commit of the
 * leader's store, and every node's {@link io.ppmq.store.rocksdb.Replica} applies it.
 *
 * <p>{@link io.ppmq.cluster.ratis.RatisMember} puts a node together. {@code QueueMachine} applies
 * the log, {@code EntryLog} proposes entries, {@code Roles} tells the program which node leads.
 * {@code NodeServer} and {@code NodeClient} carry on the same port, beside Ratis' own messages, the
 * other messages between nodes: their state ({@code Neighbours}), the admission of members ({@code
 * Membership}), checkpoints, and relayed connections.
 */
@NullMarked
package io.ppmq.cluster.ratis;

import org.jspecify.annotations.NullMarked;
