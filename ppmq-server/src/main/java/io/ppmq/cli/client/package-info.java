/** The commands that send values to the broker's socket or receive batches. */
@NullMarked
package io.ppmq.cli.client;

import org.jspecify.annotations.NullMarked;
