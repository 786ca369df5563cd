/** The output of a command, on stdout and stderr, and its exit status. */
@NullMarked
package io.ppmq.cli.output;

import org.jspecify.annotations.NullMarked;
