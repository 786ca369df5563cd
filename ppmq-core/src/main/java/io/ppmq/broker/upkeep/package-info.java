/**
 * The work of the broker on its own: delayed messages become due, messages that were sent too often
 * become dead letters, and a backlog is reported.
 */
@NullMarked
package io.ppmq.broker.upkeep;

import org.jspecify.annotations.NullMarked;
