/**
 * The command {@code ppmq}: {@link io.ppmq.cli.Ppmq} picks the sub-command, and turns a failure
 * into a line on stderr and an exit status. The sub-commands are in the packages below, one class
 * for each, named after it; the code that makes the manual from their help is here.
 */
@NullMarked
package io.ppmq.cli;

import org.jspecify.annotations.NullMarked;
