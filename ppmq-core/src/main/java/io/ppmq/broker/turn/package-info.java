/**
 * What a turn of the writer works with: its moment, and the three lists from which it takes its
 * work. Other threads put submissions and errands in the {@link io.ppmq.broker.turn.Inbox}; {@link
 * io.ppmq.broker.turn.Timers} say what is due; on the {@link io.ppmq.broker.turn.Agenda} stands
 * what follows from either.
 */
@NullMarked
package io.ppmq.broker.turn;

import org.jspecify.annotations.NullMarked;
