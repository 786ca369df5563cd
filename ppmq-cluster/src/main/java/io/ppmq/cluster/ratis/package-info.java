/**
 * A cluster on Apache Ratis: one group of its Raft log, in which each entry is a commit of the
 * leader's store, and which every node's {@link io.ppmq.store.rocksdb.Replica} applies.
 *
 * <p>{@link io.ppmq.cluster.ratis.RatisMember} puts a node together. {@code QueueMachine} is what
 * the log is applied by, {@code EntryLog} what proposes, {@code Roles} what tells the program who
 * leads. {@code NodeServer} and {@code NodeClient} carry on the same port, beside Ratis' own
 * messages, what nodes say to each other besides: how they stand ({@code Neighbours}), who is let
 * in ({@code Membership}), checkpoints, and relayed connections.
 */
@NullMarked
package io.ppmq.cluster.ratis;

import org.jspecify.annotations.NullMarked;
