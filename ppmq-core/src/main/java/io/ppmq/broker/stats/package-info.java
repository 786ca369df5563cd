/** The counts and measurements of the broker, for others to read. */
@NullMarked
package io.ppmq.broker.stats;

import org.jspecify.annotations.NullMarked;
