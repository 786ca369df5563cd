/**
 * The command {@code ppmq}: {@link io.ppmq.cli.Ppmq} picks the sub-command, and turns what goes
 * wrong into a line on stderr and an exit status. The sub-commands lie in chapters below, one class
 * for each, named after it; what makes the manual out of their help is here.
 */
@NullMarked
package io.ppmq.cli;

import org.jspecify.annotations.NullMarked;
