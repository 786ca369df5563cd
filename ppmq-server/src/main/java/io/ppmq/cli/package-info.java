/**
 * The command {@code ppmq}: one class for each sub-command, named like it. {@link io.ppmq.cli.Ppmq}
 * picks the sub-command and turns whatever goes wrong into a line on stderr and an exit status.
 */
@NullMarked
package io.ppmq.cli;

import org.jspecify.annotations.NullMarked;
