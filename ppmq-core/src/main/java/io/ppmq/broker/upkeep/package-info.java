/**
 * What the broker does on its own: delayed messages become due, what was sent too often becomes a
 * dead letter, and a backlog is reported.
 */
@NullMarked
package io.ppmq.broker.upkeep;

import org.jspecify.annotations.NullMarked;
