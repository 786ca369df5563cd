/**
 * The tools of a turn of the writer: its moment, and the three lists from which it takes its work.
 * Other threads put submissions and errands in the {@link io.ppmq.broker.turn.Inbox}; {@link
 * io.ppmq.broker.turn.Timers} say which work is due; the {@link io.ppmq.broker.turn.Agenda} has the
 * consequences of both.
 */
@NullMarked
package io.ppmq.broker.turn;

import org.jspecify.annotations.NullMarked;
