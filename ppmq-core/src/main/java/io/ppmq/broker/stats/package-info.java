/** What the broker counts and measures, for others to read. */
@NullMarked
package io.ppmq.broker.stats;

import org.jspecify.annotations.NullMarked;
