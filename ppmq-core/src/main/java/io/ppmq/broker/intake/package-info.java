/**
 * How a submission is taken in: whether it is allowed, whether there is room for it on the disk and
 * in its topics, and the work of its commands.
 */
@NullMarked
package io.ppmq.broker.intake;

import org.jspecify.annotations.NullMarked;
