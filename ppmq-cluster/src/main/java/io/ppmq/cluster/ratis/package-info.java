/**
 * A cluster on Apache Ratis: one group of its Raft log, in which each entry is a commit of the
 * leader's store, and which every node's {@link io.ppmq.store.rocksdb.Replica} applies.
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
