/**
 * The ports to the outside: the clock, the senders to subscribers, the sources of submissions, and
 * the events that the broker reports.
 */
@NullMarked
package io.ppmq.broker.port;

import org.jspecify.annotations.NullMarked;
