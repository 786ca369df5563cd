/**
 * The intake of submissions: their permission, their room on the disk and in topics, and the work
 * of their commands.
 */
@NullMarked
package io.ppmq.broker.intake;

import org.jspecify.annotations.NullMarked;
